/**
 * A user of the simulation: starts Parley, sends messages, and starts it again after it was killed. The disk survives each
 * life of the program; what was not written to it is lost.
 */
import { textOf } from '../../src/chat/content.ts'
import { placeOf } from '../../src/chat/moment.ts'
import type { ChatEvent, Peer, Receipt } from '../../src/chat/model.ts'
import { ChatError } from '../../src/chat/errors.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { ChatPeer } from '../../src/peer/peer.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { VAULT } from './closed.ts'
import { datagramsFor } from './datagrams.ts'
import { Disk } from './disk.ts'
import { networkFor } from './http-network.ts'
import { Life } from './life.ts'
import type { Machine } from './machine.ts'
import type { Address } from '../../src/http/message.ts'
import type { KeyId } from '../../src/identity/public-key.ts'
import type { Rng } from './rng.ts'
import type { Internet } from './tcp.ts'
import type { Log } from './record.ts'
import type { Ending, UserPlan } from './scenario.ts'

export interface Surroundings {
  readonly isSettled: boolean
  readonly internet: Internet
  readonly machine: Machine
  readonly tracker: Address | undefined
  readonly rng: Rng
  readonly log: Log
  /** The name of the user that this peer is; otherwise its address. */
  readonly nameOf: (peer: Peer) => string
}

export class User {
  readonly plan: UserPlan
  /** Where it runs now, or will start next. */
  machine: Machine
  port: number
  readonly disk: Disk
  /** Channels that it wants to be in. */
  readonly channels = new Set(['general'])
  /** Undefined while its program does not run, or is just starting. */
  peer: ChatPeer | undefined
  lives = 0
  /** It never moves, and no other user is where others are told that it is. */
  readonly isSettled: boolean
  /** It starts again when it has its new address. */
  isMoving = false
  /** It will not start again. */
  isGone = false
  /** Called once, when the next message has arrived. */
  onReceived: (() => void) | undefined
  readonly #surroundings: Surroundings
  /** On its disk, so that it is the same in each life. */
  readonly #keys: KeyPair
  #life: Life | undefined
  #onDown: (() => void)[] = []

  constructor(plan: UserPlan, surroundings: Surroundings) {
    this.plan = plan
    this.machine = surroundings.machine
    this.port = plan.port
    this.#surroundings = surroundings
    this.isSettled = surroundings.isSettled
    const { machine, rng } = surroundings
    this.#keys = new KeyPair(rng.of(`key of ${plan.name}`).bytes(32))
    const { time } = machine
    this.disk = new Disk(rng.of(`disk of ${plan.name}`), () => time.now)
  }

  get name(): string {
    return this.plan.name
  }

  get id(): KeyId {
    return this.#keys.id
  }

  get address(): Address {
    return { host: this.machine.ip, port: this.port }
  }

  get isRunning(): boolean {
    return this.#life !== undefined
  }

  /** The peer, if its program runs and its machine is awake: the user can type. */
  get awake(): ChatPeer | undefined {
    return this.machine.isAsleep ? undefined : this.peer
  }

  /** Starts the program as soon as the machine is awake. */
  start(): void {
    this.machine.run(() => void this.#start())
  }

  async #start(): Promise<void> {
    if (this.isRunning || this.isGone || this.isMoving || !this.machine.isOnline) return
    const { internet, tracker, log, rng } = this.#surroundings
    const number = ++this.lives
    const life = new Life(this.machine, (error) => {
      log.error(this.name, error)
    })
    this.#life = life
    log.line(`${this.name} starts (life ${number})`)
    const { random, bytes } = rng.of(`${this.name} ${number}`)
    try {
      const store = await this.disk.open(life, random, (sentence) => {
        log.error(this.name, sentence)
      })
      const peer = await ChatPeer.start({
        name: this.name,
        secure: new SecureSelf({ keys: this.#keys, kind: 'peer', random: bytes }),
        host: this.machine.ip,
        port: this.port,
        clock: life.clock,
        random,
        store,
        network: networkFor(
          life,
          internet,
          (line) => {
            log.line(line)
          },
          (to, messages) => {
            log.sentTo(this.name, to, messages)
          },
        ),
        ...(tracker === undefined || !this.plan.usesTracker ? {} : { tracker }),
        ...(this.plan.usesLan
          ? { lan: { network: datagramsFor(life, internet.machines, internet.wire) } }
          : {}),
        onEvent: (event) => {
          if (!life.isOver) this.#onEvent(event, number)
        },
        onError: (error) => {
          log.error(this.name, error)
        },
      })
      if (life.isOver) return
      this.peer = peer
      for (const channel of this.channels) await this.#tryTo(`join #${channel}`, () => peer.join(channel))
    } catch (error) {
      log.error(`${this.name} starts`, error)
    }
  }

  /** Ends the program. `onDown` is called when it has ended. */
  end(ending: Ending, onDown: () => void): void {
    const life = this.#life
    const peer = this.peer
    if (life === undefined) return
    const { log } = this.#surroundings
    const down = (isCrash: boolean): void => {
      if (life.isOver) return
      life.end()
      this.disk.crash()
      this.peer = undefined
      this.#life = undefined
      const { writes } = this.disk
      if (isCrash) log.crashes.push({ who: this.name, life: this.lives, savedAt: writes.at(-1) ?? 0 })
      else writes.push(this.machine.time.now)
      log.line(`${this.name} is down`)
      for (const task of this.#onDown.splice(0)) task()
    }
    this.#onDown.push(onDown)
    log.line(`${this.name}: ${ending}`)
    if (ending !== 'leave' || peer === undefined) {
      down(true)
      return
    }
    this.peer = undefined
    peer.close().then(
      () => {
        down(false)
      },
      (error: unknown) => {
        log.error(`${this.name} leaves`, error)
      },
    )
  }

  say(channel: string, text: string): void {
    const peer = this.awake
    if (peer?.channels.includes(channel) !== true) return
    const members = peer.members(channel)
    this.#said(text, channel, members, peer.say(channel, text))
  }

  /** Sends a direct message to a user that is online or was met before. */
  direct(to: User, text: string): void {
    const peer = this.awake
    if (peer === undefined) return
    try {
      const found = peer.find(to.name)
      // Another may have its name: the user means the one with the key, as far as it was met.
      const isMeant = this.#surroundings.nameOf(found) === to.name
      const receipt = isMeant ? peer.direct(to.name, text) : peer.directTo(to.id, text)
      this.#said(text, undefined, [isMeant ? found : { ...found, key: to.id }], receipt)
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      this.#surroundings.log.line(`${this.name}: ${error.message}`)
    }
  }

  // --- the closed channel ---------------------------------------------------------------------------

  createVault(): void {
    const peer = this.awake
    if (peer === undefined) return
    this.#orRefused(() => {
      const label = peer.createClosed(VAULT.slice(1))
      this.#surroundings.log.changes.push({ who: this.name, epoch: 1, isIn: true })
      this.channels.add(label)
      this.#surroundings.log.line(`${this.name} creates #${label}`)
    })
  }

  invite(other: User): void {
    const { log } = this.#surroundings
    const peer = this.awake
    if (peer?.channels.includes(VAULT) !== true) return
    this.#orRefused(() => {
      peer.invite(VAULT, this.#asPeer(other))
      log.changes.push({ who: other.name, epoch: peer.closed(VAULT).epoch, isIn: true })
      log.line(`${this.name} invites ${other.name}`)
    })
  }

  remove(other: User): void {
    const { log } = this.#surroundings
    const peer = this.awake
    if (peer?.channels.includes(VAULT) !== true) return
    this.#orRefused(() => {
      peer.remove(VAULT, this.#asPeer(other))
      other.channels.delete(VAULT)
      log.parted.add(`${other.name} ${VAULT}`)
      log.changes.push({ who: other.name, epoch: peer.closed(VAULT).epoch, isIn: false })
      log.line(`${this.name} removes ${other.name}`)
    })
  }

  #asPeer({ id, name, address }: User): Peer {
    return { key: id, name, ip: address.host, port: address.port }
  }

  #orRefused(task: () => void): void {
    try {
      task()
    } catch (error) {
      if (!(error instanceof ChatError)) throw error
      this.#surroundings.log.line(`${this.name}: ${error.message}`)
    }
  }

  async join(channel: string): Promise<void> {
    this.channels.add(channel)
    const peer = this.awake
    if (peer !== undefined) await this.#tryTo(`join #${channel}`, () => peer.join(channel))
  }

  async part(channel: string): Promise<void> {
    const { log } = this.#surroundings
    this.channels.delete(channel)
    log.parted.add(`${this.name} ${channel}`)
    const peer = this.awake
    if (peer?.channels.includes(channel) === true)
      await this.#tryTo(`part #${channel}`, () => peer.part(channel))
  }

  /** Runs a task that may be refused, for instance by a tracker that is asked too often. A refusal is shown to users. */
  async #tryTo(what: string, task: () => Promise<void>): Promise<void> {
    const { log } = this.#surroundings
    try {
      await task()
      log.line(`${this.name}: ${what}`)
    } catch (error) {
      log.line(`${this.name}: ${what}: ${String(error)}`)
    }
  }

  #said(text: string, channel: string | undefined, members: readonly Peer[], receipt: Receipt): void {
    const { log, nameOf } = this.#surroundings
    const to = [...new Set(members.map(nameOf))]
    const at = this.machine.time.now
    log.said.push({ by: this.name, life: this.lives, at, id: receipt.messageId, channel, text, to })
    log.line(
      `${this.name} says ${channel === undefined ? 'directly' : `#${channel}`} "${text}" to ${to.join(', ')}`,
    )
    this.#receipted(receipt)
  }

  #receipted({ messageId, queued, failed }: Receipt): void {
    const { log, nameOf } = this.#surroundings
    const givenUp = failed.map(({ peer }) => nameOf(peer))
    const missing = [...queued.map(nameOf), ...givenUp]
    log.receipts.push({ who: this.name, at: this.machine.time.now, messageId, missing, failed: givenUp })
  }

  #onEvent(event: ChatEvent, life: number): void {
    const { log } = this.#surroundings
    switch (event.kind) {
      case 'message': {
        const { message, hops, late, own } = event
        log.shown.push({
          to: this.name,
          life,
          at: this.machine.time.now,
          message,
          place: placeOf(event),
          hops,
          late,
          own,
        })
        if (own && !late) return
        log.line(
          `${this.name} is shown "${textOf(message.content)}"${late ? ' late' : ''}${own ? ' (own)' : ''}`,
        )
        this.onReceived?.()
        this.onReceived = undefined
        return
      }
      case 'receipt': {
        const { receipt } = event
        this.#receipted(receipt)
        const { messageId, delivered, recipients, failed } = receipt
        const reasons = failed.map(({ peer, reason }) => `, ${peer.name}: ${reason}`).join('')
        log.line(`${this.name}: receipt ${messageId} ${delivered}/${recipients}${reasons}`)
        return
      }
      case 'joined':
      case 'parted':
        log.line(`${this.name} sees: ${event.peer.name} ${event.kind} #${event.channel}`)
        return
      case 'tracker':
        log.line(`${this.name}: tracker ${event.state} ${event.detail}`)
        return
      case 'notice':
        if (event.text.startsWith('Internal error')) log.error(this.name, event.text)
        else log.line(`${this.name}: ${event.text}`)
        if (event.text.includes(' to the closed channel '))
          void Promise.resolve().then(() => this.join(VAULT))
        return
      default:
        log.line(`${this.name}: ${event.kind}`)
    }
  }
}
