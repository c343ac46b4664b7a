/** What people show beside their name: a line and a picture. Ours, and those of others as far as we were told. */
import { LIMITS } from '../../chat/limits.ts'
import {
  addressKey,
  type ChatEvent,
  type Peer,
  type AddressKey,
  type Picture,
  type Profile,
} from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { fetchPicture, picture } from './pictures.ts'
import type { HttpClient } from '../../http/network.ts'

/** What somebody announced. */
export interface Announced {
  readonly status: string
  /** Of the picture that it gives out over HTTP. */
  readonly avatarHash: string | undefined
  /** The picture itself, in base64. */
  readonly avatar: string | undefined
  readonly isNews: boolean
}

export interface ProfilesOptions {
  readonly client: Pick<HttpClient, 'request'>
  readonly onEvent: (event: ChatEvent) => void
}

const NOTHING: Profile = { status: '', avatar: undefined }

export class Profiles {
  readonly #options: ProfilesOptions
  #own: Profile = NOTHING
  /** The oldest are forgotten; each is announced again by and by. */
  readonly #others = new Map<AddressKey, Profile>()
  /** The hashes of pictures that were asked for and have not come yet. */
  readonly #wanted = new Map<AddressKey, string>()

  constructor(options: ProfilesOptions) {
    this.#options = options
  }

  /** Ours; what is undefined stays, and `none` takes the picture away. Throws Refused. */
  show({
    status,
    avatar,
  }: {
    readonly status: string | undefined
    readonly avatar: Buffer | 'none' | undefined
  }): Profile {
    if (status !== undefined && Buffer.byteLength(status) > LIMITS.statusBytes) {
      const detail = `status must have at most ${LIMITS.statusBytes} bytes`
      throw new ChatError(422, 'invalid_field', detail, { field: 'status' })
    }
    this.#own = { status: status ?? this.#own.status, avatar: pictureOf(avatar, this.#own.avatar) }
    return this.#own
  }

  /** Undefined: our own. */
  of(id: AddressKey | undefined): Profile {
    return id === undefined ? this.#own : (this.#others.get(id) ?? NOTHING)
  }

  /** Somebody announced itself. A picture is fetched when its hash is not the one we have. */
  shown(peer: Peer, { status, avatarHash, avatar, isNews }: Announced): void {
    const before = this.#others.get(addressKey(peer))
    if (!isNews && before !== undefined) return
    const sent = avatar === undefined ? undefined : safely(() => picture(Buffer.from(avatar, 'base64')))
    const kept = before?.avatar?.hash === avatarHash ? before?.avatar : undefined
    this.#keep(peer, { status, avatar: avatarHash === undefined ? sent : kept })
    if (avatarHash === undefined || kept !== undefined) this.#wanted.delete(addressKey(peer))
    else if (this.#wanted.get(addressKey(peer)) !== avatarHash) void this.#fetch(peer, avatarHash)
  }

  async #fetch(peer: Peer, hash: string): Promise<void> {
    const id = addressKey(peer)
    this.#wanted.set(id, hash)
    const found = await fetchPicture(this.#options.client, { host: peer.ip, port: peer.port }, hash)
    // In the meantime it may show another picture, or be forgotten.
    if (this.#wanted.get(id) !== hash) return
    this.#wanted.delete(id)
    const now = this.#others.get(id)
    if (found !== undefined && now !== undefined) this.#keep(peer, { status: now.status, avatar: found })
  }

  #keep(peer: Peer, profile: Profile): void {
    const id = addressKey(peer)
    const before = this.#others.get(id) ?? NOTHING
    this.#others.delete(id)
    this.#others.set(id, profile)
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= LIMITS.membersPerChannel) break
      this.#others.delete(oldest)
      this.#wanted.delete(oldest)
    }
    if (!isSame(before, profile)) this.#options.onEvent({ kind: 'profile', peer, profile })
  }
}

function isSame(a: Profile, b: Profile): boolean {
  return a.status === b.status && a.avatar?.hash === b.avatar?.hash
}

/** Throws Refused. */
function pictureOf(shown: Buffer | 'none' | undefined, before: Picture | undefined): Picture | undefined {
  if (shown === undefined) return before
  return shown === 'none' ? undefined : picture(shown)
}

/** Undefined for what is no picture. */
function safely(read: () => Picture): Picture | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChatError) return undefined
    throw error
  }
}
