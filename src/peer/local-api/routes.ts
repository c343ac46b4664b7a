/**
 * The local API of a peer as a route table: what its web page, and programs of its own machine, read and write. Shapes:
 * src/chat/wire/local-api.ts. Who may use it: src/peer/local-api/guard.ts.
 */
import { contentFrom, type Content } from '../../chat/content.ts'
import { DIRECT, GENERAL, type Peer, type PeerId, type Receipt, labelOf, peerId } from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { anyChannel, looksLikeLink } from '../../chat/wire/closed.ts'
import { channelField, chosenName, messageId, messageText } from '../../chat/wire/fields.ts'
import { formFields } from '../../http/body.ts'
import { json, type Routes } from '../../http/router.ts'
import {
  AcceptRequest,
  JoinRequest,
  PostRequest,
  ProfileRequest,
  ReadRequest,
  SameRequest,
  SayRequest,
  UnixTime,
  VerifiedRequest,
  type Conversation,
  type LocalChannel,
  type LocalContacts,
  type LocalMessage,
  type LocalPage,
  type LocalRead,
  type LocalSelf,
  type LocalState,
  type Retried,
  type SafetyNumber,
  type SamePerson,
  type SentMessage,
} from '../../chat/wire/local-api.ts'
import {
  HushRequest,
  ShareRequest,
  TakeRequest,
  UnhushRequest,
  type LocalIgnoreList,
  type TakenCount,
} from '../../chat/wire/local-hush.ts'
import {
  anyBodyOf,
  below,
  bodyOf,
  checked,
  conversationField,
  fromBase64,
  invalid,
  isGiven,
  limitOf,
  missing,
  recipientOf,
} from './fields.ts'
import { ignoreListOf } from './serialize.ts'
import { closedChannelRoutes } from './closed-channels.ts'
import { Searches } from './searches.ts'
import type { Handler } from '../../http/message.ts'
import type { LocalEventFeed } from './events.ts'
import type { LocalChat, Shown } from './local-chat.ts'
import type { Presenter } from './presenter.ts'
import type { SayOptions } from '../peer.ts'

export interface LocalApiOptions {
  readonly peer: LocalChat
  readonly view: Presenter
  readonly events: Pick<LocalEventFeed, 'answer' | 'changed' | 'state' | 'publish'>
}

const PICTURES = '/api/pictures/'
const CHANNELS = '/api/channels/'

/** Each handler throws, or rejects with, ChatError. */
export function localRoutes(options: LocalApiOptions): Routes {
  const api = new LocalApi(options)
  const closed = closedChannelRoutes(options)
  return {
    ...api.reading,
    ...closed.reading,
    ...changing(options.events, { ...api.writing, ...closed.writing }),
    'GET /healthz': () => json(200, { status: 'ok' }),
  }
}

class LocalApi {
  readonly #peer: LocalChat
  readonly #view: Presenter
  readonly #events: LocalApiOptions['events']
  readonly #searches = new Searches()

  constructor({ peer, view, events }: LocalApiOptions) {
    this.#peer = peer
    this.#view = view
    this.#events = events
  }

  get reading(): Routes {
    return {
      'GET /api/state': () => json(200, this.#events.state() satisfies LocalState),
      'GET /api/messages': this.#page,
      'GET /api/search': this.#search,
      'PUT /api/read': this.#markRead,
      'GET /api/contacts': () => json(200, this.#view.contacts() satisfies LocalContacts),
      'GET /api/safety-number': this.#safetyNumber,
      'GET /api/ignore-lists': this.#ignoreList,
      'GET /api/events': (request, context) => this.#events.answer(request, context),
      'GET /api/pictures/*': this.#picture,
    }
  }

  /** They may change the state. */
  get writing(): Routes {
    return {
      'POST /api/messages': this.#say,
      'POST /api/posts': this.#post,
      'POST /api/retry': () => json(200, { retried: this.#peer.retry() } satisfies Retried),
      'POST /api/same': this.#same,
      'POST /api/channels': this.#join,
      'DELETE /api/channels/*': this.#part,
      'POST /api/profile': this.#setProfile,
      'POST /api/verified': this.#setVerified,
      'POST /api/accepted-names': this.#acceptName,
      'POST /api/hushed': this.#hush,
      'POST /api/unhushed': this.#unhush,
      'POST /api/ignore-lists': this.#shareIgnored,
      'POST /api/ignore-lists/taken': this.#takeIgnored,
      'POST /api/ignore-lists/untaken': this.#undoTaken,
      'POST /send-peer': this.#sendPeer,
    }
  }

  readonly #page: Handler = (request) => {
    const query = formFields(request.query)
    const conversation = conversationField(query['conversation'])
    const { before, after } = query
    const around = isGiven(query['around']) ? checked(UnixTime, query['around'], 'around') : undefined
    if ([before, after, around].filter((place) => place !== undefined).length > 1)
      throw invalid('around', 'must be the only one of before, after and around')
    return json(
      200,
      this.#view.page(conversation, { limit: limitOf(query), before, after, around }) satisfies LocalPage,
    )
  }

  readonly #search: Handler = (request, { signal }) => {
    const query = formFields(request.query)
    const { words, conversation } = query
    if (words === undefined) throw missing('words')
    const where = isGiven(conversation) ? conversationField(conversation) : undefined
    const client = isGiven(query['client']) ? messageId(query['client'], 'client') : undefined
    return this.#searches.run(client, signal, async (ended) =>
      json(200, (await this.#view.search(words, limitOf(query), where, ended)) satisfies LocalPage),
    )
  }

  /** The mark only moves forward, and every reader of the feed hears of it. */
  readonly #markRead: Handler = (request) => {
    const { conversation, upTo } = bodyOf(ReadRequest, request)
    const where = conversationField(conversation)
    if (!this.#view.isKnown(where))
      throw new ChatError(404, 'unknown_conversation', 'this peer has no such conversation')
    const before = this.#peer.readUpTo(where)
    const mark: LocalRead = { conversation: where, upTo: this.#peer.markRead(where, upTo) }
    if (mark.upTo !== before) this.#events.publish({ event: 'read', data: mark })
    return json(200, mark satisfies LocalRead)
  }

  readonly #picture: Handler = (request) => {
    const found = this.#view.picture(below(PICTURES, request))
    if (found === undefined) throw new ChatError(404, 'no_picture', 'nobody here shows this picture')
    const headers = { 'Content-Type': found.type, 'Content-Security-Policy': "default-src 'none'; sandbox" }
    return { status: 200, headers, body: Buffer.from(found.data, 'base64') }
  }

  readonly #safetyNumber: Handler = async (request) => {
    const { person } = formFields(request.query)
    if (!isGiven(person) || person === undefined) throw missing('person')
    const groups = await this.#peer.safetyNumber(this.#known(person))
    return json(200, { groups: [...groups] } satisfies SafetyNumber)
  }

  readonly #setVerified: Handler = (request) => {
    const { person, isVerified } = bodyOf(VerifiedRequest, request)
    const peer = this.#known(person)
    if (isVerified) this.#peer.verify(peer)
    else this.#peer.unverify(peer)
    return { status: 204 }
  }

  readonly #hush: Handler = (request) => {
    const { target, kind, ms } = bodyOf(HushRequest, request)
    this.#peer.hush(this.#targetOf(target), kind, ms ?? undefined)
    return { status: 204 }
  }

  readonly #unhush: Handler = (request) => {
    const { target, kind } = bodyOf(UnhushRequest, request)
    this.#peer.unhush(this.#targetOf(target), kind)
    return { status: 204 }
  }

  readonly #ignoreList: Handler = async (request) => {
    const { person } = formFields(request.query)
    if (!isGiven(person) || person === undefined) throw missing('person')
    const list = await this.#peer.ignoreLists.of(this.#known(person))
    return json(200, ignoreListOf(list) satisfies LocalIgnoreList)
  }

  readonly #shareIgnored: Handler = async (request) => {
    const where = conversationField(bodyOf(ShareRequest, request).conversation)
    const { text } = this.#peer.ignoreLists.own()
    return json(200, (await this.#send(where, text, {})) satisfies LocalMessage)
  }

  readonly #takeIgnored: Handler = async (request) => {
    const { person, ids } = bodyOf(TakeRequest, request)
    const count = await this.#peer.ignoreLists.take(this.#known(person), ids ?? undefined)
    return json(200, { count } satisfies TakenCount)
  }

  readonly #undoTaken: Handler = (request) => {
    const { person, ids } = bodyOf(TakeRequest, request)
    return json(200, {
      count: this.#peer.ignoreLists.undo(this.#known(person), ids ?? undefined),
    } satisfies TakenCount)
  }

  /** Throws ChatError 404 for a person that was not met, 422 for what is no channel. */
  #targetOf(target: string): string {
    if (target.startsWith('#')) return `#${anyChannel(target, 'target')}`
    if (target === peerId(this.#peer.self) || this.#peer.hushed().some((each) => each.target === target))
      return target
    return peerId(this.#known(target))
  }

  readonly #acceptName: Handler = (request) => {
    this.#peer.acceptName(this.#known(bodyOf(AcceptRequest, request).person))
    return { status: 204 }
  }

  /** Throws ChatError 404. */
  #known(id: PeerId): Peer {
    const peer = this.#peer.known(id)
    if (peer === undefined) throw new ChatError(404, 'unknown_peer', 'this peer met no such person')
    return peer
  }

  readonly #say: Handler = async (request) => {
    const { conversation, text, action, id } = bodyOf(SayRequest, request)
    const content = contentFrom(messageText(text, 'text'), action ? 'action' : 'text')
    const options = { id: isGiven(id) ? messageId(id) : undefined }
    const where = conversationField(conversation)
    return json(200, (await this.#send(where, content, options)) satisfies LocalMessage)
  }

  /** To everybody: in #general, which is joined for it. */
  readonly #post: Handler = async (request) => {
    const text = messageText(bodyOf(PostRequest, request).text, 'text')
    await this.#peer.join(GENERAL)
    return json(200, (await this.#kept(this.#peer.say(GENERAL, text))) satisfies LocalMessage)
  }

  readonly #same: Handler = async (request) => {
    const { was, is } = bodyOf(SameRequest, request)
    const old = this.#peer.known(was) ?? (await this.#named(was, 'was'))
    const peer = await this.#named(is, 'is')
    this.#peer.same(peerId(old), peerId(peer))
    return json(200, { conversation: `@${peerId(peer)}`, name: labelOf(peer) } satisfies SamePerson)
  }

  async #named(word: string, field: string): Promise<Peer> {
    try {
      return await this.#peer.locate(word)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      throw new ChatError(error.status, error.code, error.message, { field })
    }
  }

  readonly #join: Handler = async (request) => {
    const { name } = bodyOf(JoinRequest, request)
    const channel = looksLikeLink(name) ? await this.#peer.follow(name) : anyChannel(name, 'name')
    await this.#peer.join(channel)
    return json(200, this.#view.channel(channel) satisfies LocalChannel)
  }

  readonly #part: Handler = async (request) => {
    await this.#peer.part(anyChannel(below(CHANNELS, request), 'name'))
    return { status: 204 }
  }

  /** Everything that is named changes, or nothing does. */
  readonly #setProfile: Handler = async (request) => {
    const { name, status, picture } = bodyOf(ProfileRequest, request)
    const newName = isGiven(name) ? chosenName(name) : undefined
    const avatar = picture === undefined || picture === '' ? undefined : fromBase64(picture)
    const before = this.#peer.profileOf(undefined)
    show(this.#peer, { status, avatar: picture === '' ? 'none' : avatar })
    try {
      if (newName !== undefined) await this.#peer.rename(newName)
    } catch (error) {
      const data = before.avatar?.data
      show(this.#peer, { status: before.status, avatar: data === undefined ? 'none' : fromBase64(data) })
      throw error
    }
    return json(200, this.#view.self() satisfies LocalSelf)
  }

  /** As the web application of legacy clients sends: to one peer, or to a channel. */
  readonly #sendPeer: Handler = async (request) => {
    const fields = anyBodyOf(request)
    const text = messageText(fields['message'] ?? fields['data'] ?? fields['text'])
    const channel = channelField(fields)
    const to = channel === undefined || channel === DIRECT ? recipientOf(fields) : undefined
    if (channel === DIRECT && to === undefined) throw missing('to')
    const recipient = to === undefined ? undefined : await this.#peer.locate(to)
    const where = recipient === undefined ? (channel ?? GENERAL) : `@${peerId(recipient)}`
    const note = recipient && this.#peer.mixUp(recipient)
    const { id, conversation, delivery } = await this.#send(where, text, {})
    return json(200, {
      status: 'ok',
      id,
      conversation,
      recipients: delivery?.recipients,
      note,
    } satisfies SentMessage)
  }

  #send(conversation: Conversation, said: Content | string, options: SayOptions): Promise<LocalMessage> {
    return this.#kept(
      conversation.startsWith('@')
        ? this.#peer.directTo(conversation.slice(1), said, options)
        : this.#peer.say(conversation, said, options),
    )
  }

  /** The answer means that the message is kept: a client without an answer sends it again with the same id. */
  async #kept(receipt: Receipt): Promise<LocalMessage> {
    await this.#peer.saved()
    return this.#view.said(receipt)
  }
}

/** The peer does not emit an event for everything that these routes change. */
function changing(events: LocalApiOptions['events'], routes: Routes): Routes {
  const noticed = Object.entries(routes).map(([route, handler]): [string, Handler] => [
    route,
    async (request, context) => {
      try {
        return await handler(request, context)
      } finally {
        events.changed()
      }
    },
  ])
  return Object.fromEntries(noticed)
}

/** Throws ChatError that names the field as the local API calls it. */
function show(peer: LocalChat, shown: Shown): void {
  try {
    peer.show(shown)
  } catch (error) {
    if (!(error instanceof ChatError) || error.field !== 'avatar') throw error
    throw new ChatError(error.status, error.code, error.message, { field: 'picture' })
  }
}
