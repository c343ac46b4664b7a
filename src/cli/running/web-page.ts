/** The page of a running peer: its web server, the file by which scripts find it, and its address for the user. */
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLoopback } from '../../http/ip.ts'
import { WebServer } from '../../peer/local-api/server.ts'
import { listenError } from '../system/exit-codes.ts'
import { chosenNetworks } from '../system/interfaces.ts'
import { systemRandom } from '../system/random.ts'
import { WEB_FILE } from '../system/paths.ts'
import { qrCode } from '../terminal/qr-code.ts'
import { coloured, plain } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import { CANNOT_OPEN_PAGE } from './port-check.ts'
import { peerId } from '../../chat/model.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { LocalChat } from '../../peer/local-api/local-chat.ts'

export interface WebFlags {
  readonly host: string
  /** Undefined: the first free port of 8080 to 8179. */
  readonly port: number | undefined
  /** Show a QR code also if no other machine can open the page. */
  readonly qr: boolean
  /** The flag for the port, for error messages. */
  readonly portFlag: string
}

export interface WebPageOptions {
  readonly peer: LocalChat
  readonly flags: WebFlags
  /** The interfaces on which the LAN is used, all when there are none; undefined: no LAN. */
  readonly lan: readonly string[] | undefined
  /** The user did not ask for the tracker. */
  readonly isTrackerOptional: boolean
  /** The directory of the peer's messages; undefined: they are in memory only. */
  readonly directory: string | undefined
  /** Host names accepted in requests, beside those of this machine. */
  readonly allowHosts: readonly string[]
  readonly color: boolean
  readonly onError: (error: unknown) => void
}

export class WebPage {
  readonly #options: WebPageOptions
  /** 256 random bits. */
  readonly #token = randomBytes(32).toString('base64url')
  readonly #server: WebServer

  constructor(options: WebPageOptions) {
    const { peer, flags, lan, isTrackerOptional, allowHosts, onError } = options
    this.#options = options
    this.#server = new WebServer({
      peer,
      host: flags.host,
      port: flags.port,
      token: this.#token,
      pages: pagesDirectory(),
      clock: systemClock,
      random: systemRandom,
      lan: () => (lan === undefined ? undefined : networkNames(lan)),
      isTrackerOptional: isTrackerOptional && lan !== undefined,
      allowHosts,
      onError,
    })
  }

  readonly show = (event: ChatEvent): void => {
    this.#server.show(event)
  }

  /** Rejects with ExitError if the address or the port cannot be used. */
  async open(): Promise<void> {
    const { flags, directory } = this.#options
    try {
      await this.#server.listen()
    } catch (error) {
      throw listenError(error, CANNOT_OPEN_PAGE, flags.host, flags.port ?? 8080, flags.portFlag)
    }
    if (directory !== undefined) this.#writeFile(directory)
  }

  get url(): string {
    return this.#server.url
  }

  /** Says where the page is. The address has its own line, so that it can be copied. */
  get greeting(): string {
    const warning = this.isForOthers ? '; other machines can open it, too: give it to no one else' : ''
    const { qrCode: code } = this
    return [`-- the page of this chat${warning}:`, this.url, ...(code === undefined ? [] : [code])].join('\n')
  }

  /** Whether other machines can open it. */
  get isForOthers(): boolean {
    return !isLoopback(this.#server.address.host)
  }

  /** The QR code of the address, or a sentence why there is none; undefined: no other machine can use it. */
  get qrCode(): string | undefined {
    const { flags, color } = this.#options
    if (this.isForOthers) return qrCode(this.url, color ? coloured : plain)
    const hostFlag = flags.portFlag === '--web-port' ? '--web-host' : '--server-ip'
    return flags.qr
      ? `-- no QR code: only this machine can open the page; ${hostFlag} 0.0.0.0 lets a phone open it`
      : undefined
  }

  async close(): Promise<void> {
    const { directory } = this.#options
    if (directory !== undefined) this.#removeFile(directory)
    await this.#server.close()
  }

  /** The file is complete as soon as it exists, and readable for its owner only. */
  #writeFile(directory: string): void {
    const { peer } = this.#options
    const path = join(directory, WEB_FILE)
    const content = JSON.stringify({
      id: peerId(peer.self),
      url: this.url,
      token: this.#token,
      pid: process.pid,
    })
    try {
      writeFileSync(`${path}.new`, `${content}\n`, { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch (error) {
      this.#options.onError(error)
    }
  }

  /** Leaves the file of another peer alone. */
  #removeFile(directory: string): void {
    const path = join(directory, WEB_FILE)
    try {
      if (readFileSync(path, 'utf8').includes(this.#token)) rmSync(path)
    } catch {
      // The file was removed already.
    }
  }
}

/** dist/web, also for a program that runs from src. */
function pagesDirectory(): string {
  const isBuilt = import.meta.url.endsWith('.js')
  return fileURLToPath(new URL(isBuilt ? '../../web' : '../../../dist/web', import.meta.url))
}

function networkNames(interfaces: readonly string[]): string[] {
  return chosenNetworks(interfaces, networkInterfaces()).map(({ name }) => name)
}
