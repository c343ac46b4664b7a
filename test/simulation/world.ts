/** The machines, users and tracker of a scenario, and the actions on them. */
import { KeyPair } from '../../src/identity/key-pair.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { Tracker } from '../../src/tracker/tracker.ts'
import { isSettled } from './attacks.ts'
import { Rng } from './rng.ts'
import { networkFor } from './http-network.ts'
import { Impostor } from './impostor.ts'
import { Life } from './life.ts'
import { exchanging } from './lying-network.ts'
import { Machine } from './machine.ts'
import { userOf } from './trace.ts'
import { User } from './user.ts'
import { Log } from './record.ts'
import { VirtualTime } from './virtual-time.ts'
import { Wire } from './wire.ts'
import { addressKey, type Peer } from '../../src/chat/model.ts'
import type { HttpNetwork } from '../../src/http/network.ts'
import type { Internet } from './tcp.ts'
import type { Action, Ending, Scenario } from './scenario.ts'

const TRACKER_PORT = 8_000

export class World {
  readonly time = new VirtualTime()
  readonly log = new Log(() => this.time.now)
  readonly wire: Wire
  readonly machines: readonly Machine[]
  readonly users: readonly User[]
  readonly #rng: Rng
  readonly #trackerMachine: Machine | undefined
  readonly #internet: Internet
  readonly #trackerKeys: KeyPair
  readonly #impostor: Impostor | undefined
  #trackerLies: boolean
  #trackerLives = 0
  #trackerLife: Life | undefined
  #tracker: Tracker | undefined

  constructor(scenario: Scenario, seed: number) {
    const { time, log } = this
    const { impostor } = scenario
    this.#rng = new Rng(seed)
    this.#trackerKeys = new KeyPair(this.#rng.of('key of the tracker').bytes(32))
    this.wire = new Wire(time, this.#rng.of('wire'))
    this.wire.conditions = scenario.conditions
    this.machines = scenario.machines.map((plan) => new Machine({ ...plan, time }))
    const host = impostor === undefined ? undefined : new Machine({ name: 'impostor', ip: impostor.ip, time })
    this.#internet = { machines: [...this.machines, ...(host === undefined ? [] : [host])], wire: this.wire }
    this.#trackerMachine = scenario.tracker === undefined ? undefined : this.#machine(scenario.tracker)
    const tracker =
      this.#trackerMachine === undefined ? undefined : { host: this.#trackerMachine.ip, port: TRACKER_PORT }
    this.users = scenario.users.map((plan) => {
      const machine = this.#machine(plan.machine)
      const nameOf = (peer: Peer): string => userOf(peer, this.users)?.name ?? addressKey(peer)
      const surroundings = { internet: this.#internet, machine, tracker, rng: this.#rng, log, nameOf }
      return new User(plan, { ...surroundings, isSettled: isSettled(plan.name, scenario) })
    })
    const prey = { internet: this.#internet, tracker, rng: this.#rng, log, users: this.users }
    if (impostor !== undefined && host !== undefined) {
      this.#impostor = new Impostor(impostor, { ...prey, machine: host }, this.user(impostor.as))
    }
    this.#trackerLies = scenario.trackerLies === true
  }

  /** The impostor begins at its time. */
  startImpostor(): void {
    const impostor = this.#impostor
    if (impostor !== undefined) void impostor.start()
  }

  get hasTracker(): boolean {
    return this.#tracker !== undefined
  }

  user(name: string): User {
    const user = this.users.find((each) => each.name === name)
    if (user === undefined) throw new RangeError(`no user is called ${name}`)
    return user
  }

  startTracker(): void {
    this.#trackerMachine?.run(() => void this.#startTracker())
  }

  async #startTracker(): Promise<void> {
    const machine = this.#trackerMachine
    if (machine === undefined || this.#trackerLife !== undefined || !machine.isOnline) return
    const { log } = this
    const onError = (error: unknown): void => {
      log.error('tracker', error)
    }
    const life = new Life(machine, onError)
    this.#trackerLife = life
    const number = ++this.#trackerLives
    log.line(`the tracker starts (life ${number})`)
    const { random, bytes } = this.#rng.of(`tracker ${number}`)
    const tracker = await Tracker.start({
      host: machine.ip,
      port: TRACKER_PORT,
      clock: life.clock,
      random,
      secure: new SecureSelf({ keys: this.#trackerKeys, kind: 'tracker', random: bytes }),
      network: this.#trackerNetwork(life),
      onError,
    })
    if (!life.isOver) this.#tracker = tracker
  }

  #trackerNetwork(life: Life): HttpNetwork {
    const network = networkFor(life, this.#internet, (line) => {
      this.log.line(line)
    })
    const [one, other] = this.users
    if (!this.#trackerLies || one === undefined || other === undefined) return network
    return exchanging(network, one.id, other.id)
  }

  perform(action: Action): void {
    switch (action.kind) {
      case 'start':
        this.user(action.who).start()
        return
      case 'say':
        this.user(action.who).say(action.channel, action.text)
        return
      case 'direct':
        this.user(action.who).direct(this.user(action.to), action.text)
        return
      case 'join':
        void this.user(action.who).join(action.channel)
        return
      case 'part':
        void this.user(action.who).part(action.channel)
        return
      case 'create':
        this.user(action.who).createVault()
        return
      case 'invite':
        this.user(action.who).invite(this.user(action.to))
        return
      case 'remove':
        this.user(action.who).remove(this.user(action.to))
        return
      case 'end':
        this.#end(action)
        return
      case 'end for good':
        this.endForGood(this.user(action.who), action.ending)
        return
      case 'ambush':
        this.#ambush(action)
        return
      case 'sleep': {
        const machine = this.#machine(action.machine)
        this.log.line(`${machine.name} sleeps for ${(action.ms / 1000).toFixed(1)} s`)
        machine.sleep(action.ms, action)
        return
      }
      case 'cut':
        this.#cut(action)
        return
      case 'tracker':
        this.#endTracker(action.ending, action.downFor)
        return
      case 'move':
        this.#move(action)
        return
      case 'leap':
        this.#leap(action)
    }
  }

  /** Ends all faults and attacks, and starts every program that should run. */
  heal(): void {
    this.log.line('everything heals')
    this.wire.heal()
    this.#impostor?.end()
    if (this.#trackerLies) this.#trackerIsDown()
    this.#trackerLies = false
    for (const machine of this.machines) {
      machine.switchOn()
      machine.wake()
    }
    this.startTracker()
    for (const user of this.users) {
      user.onReceived = undefined
      user.start()
    }
  }

  endForGood(user: User, ending: Ending): void {
    user.isGone = true
    user.end(ending === 'power cut' ? 'crash' : ending, () => undefined)
  }

  /** Ends the run. */
  stop(): void {
    for (const user of this.users) user.end('crash', () => undefined)
    this.#trackerLife?.end()
    this.#impostor?.end()
  }

  #move({ who, ending, downFor, to }: Extract<Action, { kind: 'move' }>): void {
    const user = this.user(who)
    const movers = 'placeOf' in to ? [user, this.user(to.placeOf)] : [user]
    if (movers.some(({ isGone, isMoving }) => isGone || isMoving)) return
    const [one, other = one] = movers.map(({ machine, port }) => ({ machine, port }))
    const places = 'machine' in to ? [{ machine: this.#machine(to.machine), port: user.port }] : [other, one]
    let running = movers.length
    const down = (): void => {
      if (--running > 0) return
      for (const [index, mover] of movers.entries()) {
        Object.assign(mover, places[index], { isMoving: false })
        this.log.line(`${mover.name} moves to ${mover.address.host}:${mover.port}`)
        this.time.after(downFor, () => {
          mover.start()
        })
      }
    }
    for (const mover of movers) {
      mover.isMoving = true
      if (mover.isRunning) mover.end(ending, down)
      else down()
    }
  }

  #end({ who, ending, downFor, clockOffset }: Extract<Action, { kind: 'end' }>): void {
    const user = this.user(who)
    const { machine } = user
    if (ending === 'power cut') {
      this.#cutPower(machine, downFor)
      return
    }
    user.end(ending, () => {
      if (clockOffset !== undefined) machine.setClock(clockOffset)
      this.time.after(downFor, () => {
        user.start()
      })
    })
  }

  #cutPower(machine: Machine, downFor: number): void {
    this.log.line(`${machine.name} has no power`)
    machine.switchOff()
    const users = this.users.filter((user) => user.machine === machine && user.isRunning)
    for (const user of users) user.end('power cut', () => undefined)
    const hadTracker = machine === this.#trackerMachine
    if (hadTracker) this.#trackerIsDown()
    this.time.after(downFor, () => {
      machine.switchOn()
      if (hadTracker) this.startTracker()
      for (const user of users) user.start()
    })
  }

  #leap({ machine: index, by, ms }: Extract<Action, { kind: 'leap' }>): void {
    const machine = this.#machine(index)
    const before = machine.clockOffset
    this.log.line(`the clock of ${machine.name} leaps by ${(by / 3_600_000).toFixed(0)} h`)
    machine.setClock(before + by)
    this.time.after(ms, () => {
      machine.setClock(before)
    })
  }

  #ambush({ who, after, downFor }: Extract<Action, { kind: 'ambush' }>): void {
    const user = this.user(who)
    user.onReceived = () => {
      this.time.after(after, () => {
        user.end('crash', () => {
          this.time.after(downFor, () => {
            user.start()
          })
        })
      })
    }
  }

  #cut({ from, to, isOneWay, ms }: Extract<Action, { kind: 'cut' }>): void {
    const [ones, others] = [from, to].map((list) => list.map((index) => this.#machine(index)))
    if (ones === undefined || others === undefined) return
    const names = [ones, others].map((list) => list.map(({ name }) => name).join(' '))
    this.log.line(`cut: ${names.join(isOneWay ? ' -> ' : ' <-> ')}`)
    const mend = [this.wire.cut(ones, others), ...(isOneWay ? [] : [this.wire.cut(others, ones)])]
    this.time.after(ms, () => {
      for (const each of mend) each()
    })
  }

  #endTracker(ending: Ending, downFor: number): void {
    const machine = this.#trackerMachine
    const life = this.#trackerLife
    if (machine === undefined || life === undefined) return
    if (ending === 'power cut') {
      this.#cutPower(machine, downFor)
      return
    }
    this.log.line(`the tracker: ${ending}`)
    const restart = (): void => {
      if (this.#trackerLife !== life) return
      this.#trackerIsDown()
      this.time.after(downFor, () => {
        this.startTracker()
      })
    }
    if (ending === 'leave' && this.#tracker !== undefined)
      this.#tracker.close().then(restart, (error: unknown) => {
        this.log.error('the tracker ends', error)
      })
    else restart()
  }

  #trackerIsDown(): void {
    this.#trackerLife?.end()
    this.#trackerLife = undefined
    this.#tracker = undefined
  }

  #machine(index: number): Machine {
    const machine = this.machines[index]
    if (machine === undefined) throw new RangeError(`no machine ${index}`)
    return machine
  }
}
