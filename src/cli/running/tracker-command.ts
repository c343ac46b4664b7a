/** `parley tracker`: a tracker that prints who joins and leaves. */
import { randomBytes } from 'node:crypto'
import { addressKey } from '../../chat/model.ts'
import { shortId } from '../../identity/short-id.ts'
import { listenAnywhere } from '../../peer/self/listen.ts'
import { VERSION } from '../../peer/self/version.ts'
import { SecureSelf } from '../../secure/self.ts'
import { Tracker } from '../../tracker/tracker.ts'
import { listenError } from '../system/exit-codes.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { eventLine, clockTime } from '../terminal/render.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import type { NetworkKey } from '../../identity/network-key.ts'
import { openTrackerKey, type TrackerKeyFlags } from './tracker-key.ts'

export interface TrackerFlags extends TrackerKeyFlags {
  /** Undefined: an open network. */
  readonly network?: NetworkKey | undefined
  readonly ip: string
  /** Listen at every address if this machine does not have `ip`. */
  readonly ipFallback: boolean
  readonly port: number
  readonly allowAnnounce: readonly string[]
  readonly allowHost: readonly string[]
  readonly allowOrigin: readonly string[]
  readonly quiet: boolean
  readonly color: boolean
}

/** Runs until a signal. Resolves to the exit status. Rejects with ExitError. */
export async function runTracker(flags: TrackerFlags): Promise<number> {
  const style = styleFor(process.stdout.isTTY, process.env, flags.color)
  const log = (text: string): void => {
    if (!flags.quiet) process.stdout.write(`${style.dim(clockTime(systemClock.wall()))} ${text}\n`)
  }
  const { keys, isKept } = openTrackerKey(flags, warn)
  const secure = new SecureSelf({ keys, kind: 'tracker', random: randomBytes, network: flags.network })
  const start = (at: { host: string; port: number }): Promise<Tracker> =>
    Tracker.start({
      ...at,
      clock: systemClock,
      secure,
      version: VERSION,
      allowAnnounce: flags.allowAnnounce,
      allowHosts: flags.allowHost,
      allowOrigins: flags.allowOrigin,
      onChange: (change) => {
        log(`${eventLine(change, style)}  ${addressKey(change.peer)}`)
      },
      onError: (error) => {
        process.stderr.write(
          `something went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
        )
      },
    })
  const { ip, ipFallback, port } = flags
  const wanted = { host: ip, port, before: NaN, hasFallback: ipFallback }
  const { server: tracker, host } = await listenAnywhere(wanted, start).catch((error: unknown) => {
    throw listenError(error, 'cannot start the tracker', ip, port)
  })
  if (host !== flags.ip) {
    warn(
      `this machine has no address ${flags.ip}; listening on ${host} instead: every network can reach this tracker`,
    )
  }
  const stopping = new AbortController()
  onSignals(stopping)
  const { host: listening, port: taken } = tracker.address
  const known = `${shortId(keys.id)}${isKept ? '' : ', in this run only'}`
  log(`tracker listening on ${addressKey({ ip: listening, port: taken })} (${known}); Ctrl-C ends it`)
  if (flags.network !== undefined) log(`network ${flags.network.label}: it answers its members only`)
  const status = await stopped(stopping)
  await tracker.close()
  return status
}

function warn(sentence: string): void {
  process.stderr.write(`WARNING: ${sentence}\n`)
}
