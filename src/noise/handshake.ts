/**
 * A Noise handshake of pattern XX, with a pre-shared key or without (https://noiseprotocol.org/noise.html, revision 34,
 * sections 5.3, 7.5 and 9). Bytes in, bytes out; the ephemeral key is passed in. Pure.
 *
 * No curve is computed before a message needs it: where a pre-shared key comes first, a message 1 that was made without it
 * is refused for the price of a hash.
 *
 * Messages are written and read in turns, the first by the initiator. After an error the handshake is of no use.
 */
import type { CipherState } from './cipher-state.ts'
import { KEY_BYTES, TAG_BYTES, x25519, type X25519Pair } from './primitives.ts'
import { SymmetricState } from './symmetric-state.ts'

/** What a message is made of, in its order: keys that are sent, and secrets that both sides mix. */
type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'psk'

const PATTERNS = {
  XX: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  XXpsk0: [
    ['psk', 'e'],
    ['e', 'ee', 's', 'es'],
    ['s', 'se'],
  ],
  XXpsk3: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
  'XXpsk0+psk3': [
    ['psk', 'e'],
    ['e', 'ee', 's', 'es'],
    ['s', 'se', 'psk'],
  ],
} as const satisfies Record<string, readonly (readonly Token[])[]>

export interface HandshakeOptions {
  readonly pattern: keyof typeof PATTERNS
  readonly role: 'initiator' | 'responder'
  readonly prologue: Buffer
  /** The static pair. */
  readonly own: X25519Pair
  /** Makes the pair of this handshake alone; called once, when the pair is needed. */
  readonly ephemeral: () => X25519Pair
  /** Pre-shared keys of 32 bytes, in the order of the pattern. */
  readonly presharedKeys?: readonly Buffer[]
}

/** The two directions after a handshake. */
export interface Session {
  readonly send: CipherState
  readonly receive: CipherState
  /** The handshake hash at the end: 32 bytes, the same on both sides and on no other connection (section 11.2). */
  readonly hash: Buffer
}

const NOTHING = Buffer.alloc(0)

export class Handshake {
  readonly #state: SymmetricState
  readonly #isInitiator: boolean
  readonly #own: X25519Pair
  readonly #makeEphemeral: () => X25519Pair
  #madeEphemeral: X25519Pair | undefined
  readonly #presharedKeys: Buffer[]
  /** With a pre-shared key the ephemeral keys are mixed in, too (section 9.2). */
  readonly #isPreshared: boolean
  readonly #messages: (readonly Token[])[]
  #remoteEphemeral = NOTHING
  #remoteStatic = NOTHING

  constructor({ pattern, role, prologue, own, ephemeral, presharedKeys = [] }: HandshakeOptions) {
    this.#state = new SymmetricState(`Noise_${pattern}_25519_ChaChaPoly_SHA256`)
    this.#state.mixHash(prologue)
    this.#isInitiator = role === 'initiator'
    this.#own = own
    this.#makeEphemeral = ephemeral
    this.#presharedKeys = [...presharedKeys]
    this.#isPreshared = presharedKeys.length > 0
    this.#messages = [...PATTERNS[pattern]]
  }

  /** 32 bytes, equal on both sides after each message. */
  get hash(): Buffer {
    return this.#state.hash
  }

  /** The static key of the other side, 32 bytes, after its message; nothing before. */
  get remoteStatic(): Buffer {
    return this.#remoteStatic
  }

  /**
   * The next message, with a payload that is encrypted as far as keys are known. A payload that signs the handshake is
   * made of its hash before the payload.
   */
  write(payload: Buffer | ((hash: Buffer) => Buffer) = NOTHING): Buffer {
    const parts = this.#nextTokens().map((token) => this.#send(token))
    const plain = typeof payload === 'function' ? payload(this.#state.hash) : payload
    return Buffer.concat([...parts, this.#state.encrypt(plain)])
  }

  /** The payload of the next message. Throws when it is not the one that an honest other side would send. */
  read(message: Buffer): Buffer {
    return this.readWithHash(message).payload
  }

  /** As read(), with the handshake hash before the payload. */
  readWithHash(message: Buffer): { readonly payload: Buffer; readonly hash: Buffer } {
    let rest = message
    for (const token of this.#nextTokens()) rest = rest.subarray(this.#receive(token, rest))
    const { hash } = this.#state
    return { payload: this.#state.decrypt(rest), hash }
  }

  /** After the last message. */
  split(): Session {
    if (this.#messages.length > 0) throw new Error('the handshake is not finished')
    const [first, second] = this.#state.split()
    const { hash } = this.#state
    return this.#isInitiator ? { send: first, receive: second, hash } : { send: second, receive: first, hash }
  }

  get #ephemeral(): X25519Pair {
    return (this.#madeEphemeral ??= this.#makeEphemeral())
  }

  #nextTokens(): readonly Token[] {
    const tokens = this.#messages.shift()
    if (tokens === undefined) throw new Error('the handshake is finished')
    return tokens
  }

  #send(token: Token): Buffer {
    switch (token) {
      case 'e':
        this.#mixEphemeral(this.#ephemeral.publicKey)
        return this.#ephemeral.publicKey
      case 's':
        return this.#state.encrypt(this.#own.publicKey)
      default:
        this.#mix(token)
        return NOTHING
    }
  }

  /** Returns how many bytes of the message belong to this token. */
  #receive(token: Token, bytes: Buffer): number {
    switch (token) {
      case 'e':
        this.#remoteEphemeral = Buffer.from(beginningOf(bytes, KEY_BYTES))
        this.#mixEphemeral(this.#remoteEphemeral)
        return KEY_BYTES
      case 's': {
        const length = KEY_BYTES + (this.#state.isKeyed ? TAG_BYTES : 0)
        this.#remoteStatic = Buffer.from(this.#state.decrypt(beginningOf(bytes, length)))
        return length
      }
      default:
        this.#mix(token)
        return 0
    }
  }

  #mixEphemeral(key: Buffer): void {
    this.#state.mixHash(key)
    if (this.#isPreshared) this.#state.mixKey(key)
  }

  #mix(token: 'ee' | 'es' | 'se' | 'psk'): void {
    switch (token) {
      case 'ee':
        this.#state.mixKey(x25519(this.#ephemeral, this.#remoteEphemeral))
        break
      case 'es':
      case 'se': {
        // The first letter is the initiator's key, the second the responder's.
        const isOwnEphemeral = this.#isInitiator === (token === 'es')
        const shared = isOwnEphemeral
          ? x25519(this.#ephemeral, this.#remoteStatic)
          : x25519(this.#own, this.#remoteEphemeral)
        this.#state.mixKey(shared)
        break
      }
      case 'psk': {
        const key = this.#presharedKeys.shift()
        if (key?.length !== KEY_BYTES) throw new Error('the pattern needs a pre-shared key of 32 bytes')
        this.#state.mixKeyAndHash(key)
      }
    }
  }
}

function beginningOf(bytes: Buffer, length: number): Buffer {
  if (bytes.length < length) throw new Error('a handshake message is too short')
  return bytes.subarray(0, length)
}
