/**
 * A ScriptedChat behind the real web port, on a network that fails on demand: the page meets the real guard, API, policy
 * and event feed, with people and messages that do not exist.
 */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/cli/system/clock.ts'
import { WebServer, type WebServerOptions } from '../../src/peer/local-api/server.ts'
import { FaultyNetwork, LostAnswer } from './faulty-network.ts'
import { ScriptedChat } from './scripted-chat.ts'
import { WORLD, type Line, type World } from './world.ts'

const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url))

export interface ScriptedPeerOptions {
  readonly lines?: readonly Line[]
  readonly world?: World
  readonly port?: number
  /** Unix time in milliseconds, at which everything is said. */
  readonly now?: number
  /** The directory of the built page. */
  readonly pages?: string
  readonly feed?: WebServerOptions['feed']
}

export class ScriptedPeer {
  readonly chat: ScriptedChat
  readonly network = new FaultyNetwork()
  readonly #options: ScriptedPeerOptions
  #web: WebServer

  private constructor(options: ScriptedPeerOptions, chat: ScriptedChat) {
    this.#options = options
    this.chat = chat
    this.#web = this.#webServer(options.port ?? 0)
  }

  static async start(options: ScriptedPeerOptions = {}): Promise<ScriptedPeer> {
    const { lines = [], world = WORLD, now } = options
    const chat = await ScriptedChat.start({ lines, world, now: () => now ?? Date.now() })
    const peer = new ScriptedPeer(options, chat)
    await peer.#open()
    return peer
  }

  get url(): string {
    return this.#web.url
  }

  get origin(): string {
    return new URL(this.url).origin
  }

  /** Event streams that are open. */
  get streams(): number {
    return this.#web.streams
  }

  /** Acts as a restarted peer: another token, other event ids, the same port and messages. */
  async restart(): Promise<void> {
    const { port } = this.#web.address
    await this.#web.close()
    this.#web = this.#webServer(port)
    await this.#open()
  }

  async stop(): Promise<void> {
    await this.#web.close()
    this.chat.close()
  }

  async #open(): Promise<void> {
    this.chat.onEvent = this.#web.show
    this.#web.show({ kind: 'tracker', state: 'registered', detail: '' })
    await this.#web.listen()
  }

  #webServer(port: number): WebServer {
    const { pages = BUILT, feed = {} } = this.#options
    return new WebServer({
      peer: this.chat,
      host: '127.0.0.1',
      port,
      token: randomBytes(32).toString('base64url'),
      pages,
      clock: systemClock,
      random: Math.random,
      lan: () => ['wlan0 (192.168.1.0/24)'],
      network: this.network.network,
      feed,
      onError: (error) => {
        if (!(error instanceof LostAnswer)) throw error
      },
    })
  }
}
