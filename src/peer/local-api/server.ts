/**
 * The web port of a peer: the guard, the local API with its event feed, and the files of the page. It is separate from
 * the server that other peers deliver to.
 *
 * The guard refuses a request before its body is read, and every answer has the security fields.
 */
import { systemCode } from '../../chat/errors.ts'
import { createHash, timingSafeEqual } from 'node:crypto'
import { hostname } from 'node:os'
import { TIMES } from '../../chat/limits.ts'
import { randomHex, type Random } from '../../chat/random.ts'
import { hostNames, machineNames } from '../../http/csrf.ts'
import { Files } from '../../http/files.ts'
import { TCP, type HttpNetwork, type HttpServer } from '../../http/network.ts'
import { plainText } from '../../http/server-responses.ts'
import { Router } from '../../http/router.ts'
import { wantsPage } from '../../http/sentence-page.ts'
import { localRoutes } from './routes.ts'
import { LocalEventFeed, type LocalEventsOptions } from './events.ts'
import { Guard, secured } from './guard.ts'
import { Presenter } from './presenter.ts'
import { listenOnFirstFree, ownAddress, portRange } from '../self/listen.ts'
import { VERSION } from '../self/version.ts'
import { nothingHere, refusedPage } from './pages.ts'
import type { Clock } from '../../chat/clock.ts'
import type { LocalChat } from './local-chat.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { Address, Context, Handler, Response } from '../../http/message.ts'
import type { RequestHead } from '../../http/codec/request-parser.ts'
import type { ServerOptions } from '../../http/server.ts'

export interface WebServerOptions {
  readonly peer: LocalChat
  /** A literal IP address. */
  readonly host: string
  /** Undefined: the first free port of 8080 to 8179. */
  readonly port: number | undefined
  /** Gives access to everything. */
  readonly token: string
  /** The directory of the page's files; undefined: there is no page. */
  readonly pages: string | undefined
  readonly clock: Clock
  readonly random: Random
  /** Names of the networks of the LAN that are used now; undefined when it is off. */
  readonly lan: () => readonly string[] | undefined
  /** The user did not ask for the tracker. */
  readonly isTrackerOptional?: boolean
  /** TCP, unless a simulation passes another. */
  readonly network?: HttpNetwork
  readonly onError: (error: unknown) => void
  readonly server?: Pick<ServerOptions, 'caps' | 'timeouts' | 'limits'>
  readonly feed?: LocalEventsOptions['feed']
  /** Host names under which the page may be asked for, beside those of this machine. */
  readonly allowHosts?: readonly string[]
}

const FIRST_PORT = 8080
const LAST_PORT = 8179

const NO_PAGE = 'the page of this peer is not built; "npm run build" builds it'

export class WebServer implements AsyncDisposable {
  readonly #options: WebServerOptions
  readonly #guard: Guard
  readonly #events: LocalEventFeed
  readonly #router: Router
  #files: Files | undefined
  #server: HttpServer | undefined
  #cancelTick: () => void = () => undefined

  /** From now on show() must get every event of the peer. */
  constructor(options: WebServerOptions) {
    const { peer, token, lan, isTrackerOptional = false, clock, random, feed = {}, allowHosts = [] } = options
    this.#options = options
    const hash = sha256(token)
    this.#guard = new Guard({
      isToken: (candidate) => timingSafeEqual(sha256(candidate), hash),
      hosts: hostNames([...machineNames(hostname()), ...allowHosts]),
    })
    const view = new Presenter({ peer, lan, isTrackerOptional, version: VERSION })
    this.#events = new LocalEventFeed({ view, clock, epoch: randomHex(random, 12), feed })
    const page = { 'GET /': this.#page, 'GET /chat': this.#page, 'GET /chat/**': this.#page }
    this.#router = new Router(
      { ...localRoutes({ peer, view, events: this.#events }), ...page },
      { page: (request) => (wantsPage(request) ? nothingHere() : undefined), guard: this.#refusal },
    )
  }

  /** Rejects with the error of listen(2). */
  async listen(): Promise<void> {
    const { host, port: fixed, pages, network = TCP, onError, server } = this.#options
    if (pages !== undefined) this.#files = await filesIn(pages)
    const ports = fixed === undefined ? portRange(FIRST_PORT, LAST_PORT) : [fixed]
    this.#server = await listenOnFirstFree(ports, (port) =>
      network.listen(this.#router.handle, {
        ...server,
        host,
        port,
        onError,
        onHead: this.#router.early,
        addHeaders: secured,
      }),
    )
    this.#tick()
  }

  readonly show = (event: ChatEvent): void => {
    this.#events.show(event)
  }

  get address(): Address {
    if (this.#server === undefined) throw new Error('not listening')
    return this.#server.address
  }

  /** The address of the page, with the token in the fragment, which no server and no log sees (RFC 3986 section 3.5). */
  get url(): string {
    const { host, port } = this.address
    const shown = ownAddress(host, undefined)
    return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/chat#token=${this.#options.token}`
  }

  /** Open event streams. */
  get streams(): number {
    return this.#events.streams
  }

  /** Ends every stream and stops. Idempotent. */
  async close(): Promise<void> {
    this.#cancelTick()
    this.#events.close()
    await this.#server?.close(1_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Throws ChatError for a program; a user gets a page, also for an unknown path. */
  readonly #refusal = (head: RequestHead, context: Context): Response | undefined => {
    const refused = this.#guard.refusal(head, context, this.#options.clock.now())
    if (refused === undefined) return undefined
    if (!wantsPage(head)) throw refused
    const isNowhere = refused.status === 401 && !this.#hasRoute(head.path)
    return isNowhere ? nothingHere() : refusedPage(refused)
  }

  #hasRoute(path: string): boolean {
    try {
      return this.#router.has(path)
    } catch {
      return false
    }
  }

  /** Files below /chat/assets/ have a hash in their name and never change; browsers revalidate the others. */
  readonly #page: Handler = async (request, context) => {
    const isStart = request.path === '/' || request.path === '/chat'
    const path = isStart ? '/chat/' : request.path
    const found = (await this.#files?.handle({ ...request, path }, context)) ?? plainText(404, NO_PAGE)
    if (path === '/chat/' && found.status === 404) return plainText(404, NO_PAGE)
    if (found.status === 404 && this.#files !== undefined && wantsPage(request)) return nothingHere()
    const isHashed = path.startsWith('/chat/assets/') && found.status < 400
    const caching = isHashed ? 'public, max-age=31536000, immutable' : 'no-cache'
    return { ...found, headers: { ...found.headers, 'Cache-Control': caching } }
  }

  /** Publishes changes that have no event: own name, channels, the disk. */
  #tick(): void {
    this.#events.changed()
    this.#guard.sweep(this.#options.clock.now())
    this.#cancelTick = this.#options.clock.after(TIMES.sweep, () => {
      this.#tick()
    })
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Undefined when there is no such directory. */
async function filesIn(directory: string): Promise<Files | undefined> {
  try {
    return await Files.load(directory, { prefix: '/chat' })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
