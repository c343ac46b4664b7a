/** Trackers for tests, on a free port of 127.0.0.1, with rates that limit nothing and a key of their own. */
import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/cli/system/clock.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { Tracker, type TrackerOptions } from '../../src/tracker/tracker.ts'
import { ManualClock } from './clock.ts'
import type { NetworkKey } from '../../src/identity/network-key.ts'
import type { Rate } from '../../src/chat/rate-limit.ts'

const UNLIMITED: Rate = { perSecond: 1, burst: 1e9 }

/** A tracker that was never seen before, of an open network unless one is given. */
export function trackerSelf(network?: NetworkKey): SecureSelf {
  return new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'tracker', random: randomBytes, network })
}

/** A tracker whose time stands still until its test moves `clock`. */
export async function startTracker(options: Partial<TrackerOptions> = {}) {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const tracker = await liveTracker({ clock, onError: (error) => errors.push(error), ...options })
  return {
    tracker,
    clock,
    /** What the tracker reported as its own mistakes. */
    errors,
    port: tracker.address.port,
    [Symbol.asyncDispose]: () => tracker.close(),
  }
}

/** A tracker that goes by the time of this machine, for running peers; closed after the test. */
export function liveTracker(options: Partial<TrackerOptions> = {}): Promise<Tracker> {
  return trackerWithoutKey({ secure: trackerSelf(), ...options })
}

/** The same, which makes no secure connections, as those of earlier versions. */
export async function trackerWithoutKey(options: Partial<TrackerOptions> = {}): Promise<Tracker> {
  const tracker = await Tracker.start({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    requests: UNLIMITED,
    registrations: UNLIMITED,
    ...options,
  })
  onTestFinished(() => tracker.close())
  return tracker
}
