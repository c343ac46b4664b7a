/**
 * A program that passes itself off as a user: a whole Parley under the name and the key of the user, without the secret
 * of that key. Besides it answers and says what no honest program does, in the names of all users.
 *
 * What it makes up begins with `FORGED`. What it repeats unchanged is no forgery.
 */
import { DIRECT } from '../../src/chat/model.ts'
import { isObject, type Fields } from '../../src/chat/wire/fields.ts'
import { jsonObject } from '../../src/http/body.ts'
import { json } from '../../src/http/router.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { ChatPeer } from '../../src/peer/peer.ts'
import { connectorOf } from '../../src/secure/initiator.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { datagramsFor } from './datagrams.ts'
import { Disk } from './disk.ts'
import { networkFor } from './http-network.ts'
import { Life } from './life.ts'
import type { Address, Handler, Target } from '../../src/http/message.ts'
import type { HttpClient, HttpNetwork } from '../../src/http/network.ts'
import type { KeyId } from '../../src/identity/public-key.ts'
import type { Machine } from './machine.ts'
import type { Log } from './record.ts'
import type { Rng } from './rng.ts'
import type { ImpostorPlan } from './scenario.ts'
import type { Internet } from './tcp.ts'
import type { User } from './user.ts'

const FORGED = 'forged'

const CHANNELS = ['general', 'tea', 'maps', DIRECT]
const MOST_OVERHEARD = 50

/** Signs with one key and names another. */
class StolenKey extends KeyPair {
  override readonly id: KeyId
  override readonly publicKey: Buffer

  /** `hasFalseProof`: what it signs names the stolen key; otherwise its own. */
  constructor(seed: Buffer, stolen: KeyId, hasFalseProof: boolean) {
    super(seed)
    const { publicKey } = new KeyPair(seed)
    this.id = stolen
    this.publicKey = hasFalseProof ? Buffer.from(stolen, 'base64url') : publicKey
  }
}

export interface Prey {
  readonly internet: Internet
  readonly machine: Machine
  readonly tracker: Address | undefined
  readonly rng: Rng
  readonly log: Log
  readonly users: readonly User[]
}

export class Impostor {
  readonly #plan: ImpostorPlan
  readonly #prey: Prey
  readonly #victim: User
  readonly #life: Life
  readonly #rng: Rng
  /** Of the key that it has. */
  readonly #seed: Buffer
  readonly #keys: KeyPair
  /** Genuine messages as they came, with their signatures. */
  readonly #overheard: Fields[] = []
  #client: HttpClient | undefined
  #forgeries = 0

  constructor(plan: ImpostorPlan, prey: Prey, victim: User) {
    this.#plan = plan
    this.#prey = prey
    this.#victim = victim
    this.#rng = prey.rng.of('impostor')
    this.#seed = this.#rng.bytes(32)
    this.#keys = new KeyPair(this.#seed)
    prey.log.impostor = { address: `${plan.ip}:${plan.port}`, key: this.#keys.id }
    this.#life = new Life(prey.machine, (error) => {
      prey.log.error('the impostor', error)
    })
  }

  async start(): Promise<void> {
    const { internet, machine, tracker, log } = this.#prey
    const { door, port } = this.#plan
    const { random, bytes } = this.#rng
    log.line(`an impostor begins: ${this.#victim.name}`)
    const network = networkFor(this.#life, internet, (line) => {
      log.line(line)
    })
    const own = new SecureSelf({ keys: this.#keys, kind: 'peer', random: bytes })
    this.#client = network.client({ secure: connectorOf(own) })
    this.#forgeSoon()
    const keys =
      door === 'own key' ? this.#keys : new StolenKey(this.#seed, this.#victim.id, door === 'false proof')
    const disk = new Disk(this.#rng.of('disk'), () => machine.time.now)
    const ignore = (): void => undefined
    await ChatPeer.start({
      name: this.#victim.name,
      secure: new SecureSelf({ keys, kind: 'peer', random: bytes }),
      host: machine.ip,
      port,
      clock: this.#life.clock,
      random,
      store: await disk.open(this.#life, random, ignore),
      network: this.#lying(network),
      ...(tracker === undefined ? {} : { tracker }),
      lan: { network: datagramsFor(this.#life, internet.machines, internet.wire) },
      onEvent: ignore,
    })
  }

  end(): void {
    if (!this.#life.isOver) this.#prey.log.line('the impostor ends')
    this.#life.end()
  }

  // --- what it answers ------------------------------------------------------------------------------

  #lying(network: HttpNetwork): HttpNetwork {
    return { ...network, listen: (handler, options) => network.listen(this.#instead(handler), options) }
  }

  #instead(honest: Handler): Handler {
    const { log } = this.#prey
    return (request, context) => {
      const { path, body } = request
      const isProved = context.peer !== undefined
      if (path === '/p2p/receive') {
        log.stolen.push({ text: textIn(jsonObject(body.toString())), isProved })
        return json(200, { status: 'ok', batch: 100 })
      }
      if (path === '/p2p/batch') {
        const messages = listIn(body, 'messages')
        for (const message of messages) log.stolen.push({ text: textIn(message), isProved })
        return json(200, { results: messages.map(() => ({ code: 200 })) })
      }
      if (path === '/p2p/history')
        return json(200, { channel: 'general', messages: Array.from({ length: 3 }, () => this.#forgery()) })
      if (path === '/p2p/secure' && ['closed', 'keyless'].includes(this.#plan.door))
        return json(404, { error: 'not_found' })
      if (path === '/p2p/hello' && this.#plan.door === 'keyless') return json(200, this.#greeting())
      return honest(request, context)
    }
  }

  // --- what it says ---------------------------------------------------------------------------------

  #forgeSoon(): void {
    this.#life.clock.after(this.#rng.between(200, this.#plan.pause), () => {
      void this.#forge()
      this.#forgeSoon()
    })
  }

  async #forge(): Promise<void> {
    const { tracker, users } = this.#prey
    const { address, id } = this.#rng.pick(users)
    const isProved = this.#rng.chance(0.3)
    const target = isProved ? { ...address, key: id } : address
    const channel = this.#rng.pick(CHANNELS)
    const what = this.#rng.integer(1, 8)
    if (what === 1) await this.#post(address, '/p2p/hello', this.#greeting())
    else if (what === 2) await this.#overhear(address, channel)
    else if (what === 3) await this.#post(target, '/p2p/signatures', { signatures: [this.#signature()] })
    else if (what === 4 && tracker !== undefined) {
      await this.#post(tracker, '/submit-info', this.#greeting())
      await this.#post(tracker, '/add-list', { channel, peer: this.#greeting() })
    } else await this.#post(target, '/p2p/receive', this.#forgery(channel))
  }

  async #overhear(address: Address, channel: string): Promise<void> {
    const asked = { method: 'GET', target: `/p2p/history?channel=${channel}&within=3600` }
    const answer = await this.#client?.request(address, asked).catch(() => undefined)
    if (answer?.status !== 200) return
    this.#overheard.push(...listIn(answer.body, 'messages'))
    this.#overheard.splice(0, this.#overheard.length - MOST_OVERHEARD)
  }

  async #post(target: Target, path: string, fields: object): Promise<void> {
    const headers = { 'Content-Type': 'application/json' }
    const request = { method: 'POST', target: path, headers, body: JSON.stringify(fields) }
    await this.#client?.request(target, request).catch(() => undefined)
  }

  /** The victim, at the address of the impostor. */
  #greeting(): object {
    const { name, id } = this.#victim
    const node = this.#rng.of('node').bytes(8).toString('hex')
    const at = { ip: this.#prey.machine.ip, port: this.#plan.port }
    const key = this.#plan.door === 'keyless' ? undefined : id
    return { app: 'parley', version: '1.0.0', ...at, name, key, node, channels: CHANNELS.slice(0, 3) }
  }

  /** A made-up message of a user, or one that was overheard with another text; alone, or with a signature of another. */
  #forgery(channel = 'general'): object {
    const rng = this.#rng
    const { name, id: key, address, machine } = rng.pick(this.#prey.users)
    const text = `${FORGED} ${++this.#forgeries} of ${name}`
    const hops = rng.integer(0, 2)
    const seen = this.#overheard.length > 0 && rng.chance(0.5) ? rng.pick(this.#overheard) : undefined
    if (seen !== undefined) return { ...seen, message: text, hops }
    const signature = rng.chance(0.5) ? this.#signature().signature : undefined
    const [from, ts] = [{ ip: address.host, port: address.port, name, key }, machine.wall / 1000]
    const made = { id: rng.bytes(8).toString('hex'), channel, message: text, ts, seq: Math.round(ts * 1e6) }
    return { ...made, from, signature, hops, age: 1 }
  }

  /** Of a message that was overheard, or of none. */
  #signature(): { readonly id: unknown; readonly signature: unknown } {
    const [seen] = this.#rng.shuffled(this.#overheard)
    const id = seen?.['id'] ?? 'none'
    return { id, signature: seen?.['signature'] ?? this.#keys.sign(Buffer.of(1)).toString('base64url') }
  }
}

function listIn(body: Buffer, name: string): readonly Fields[] {
  const list = jsonObject(body.toString())[name]
  return Array.isArray(list) ? list.filter(isObject) : []
}

function textIn(message: Fields): string {
  return String(message['message'])
}
