/** `parley tracker`: a tracker that prints who comes and goes. */
import { peerId } from '../chat/model.ts'
import { listenAnywhere } from '../peer/listen.ts'
import { VERSION } from '../peer/version.ts'
import { Tracker } from '../tracker/tracker.ts'
import { EXIT, listenError } from './exit-codes.ts'
import { eventLine, clockTime } from './render.ts'
import { styleFor } from './style.ts'
import { systemClock } from './system-clock.ts'

export interface TrackerFlags {
  readonly ip: string
  readonly port: number
  readonly allowAnnounce: readonly string[]
  readonly quiet: boolean
  readonly color: boolean
}

/** Runs until a signal. Resolves to the exit status. Rejects with ExitError. */
export async function runTracker(flags: TrackerFlags): Promise<number> {
  const style = styleFor(process.stdout.isTTY, process.env, flags.color)
  const log = (text: string): void => {
    if (!flags.quiet) process.stdout.write(`${style.dim(clockTime(systemClock.now()))} ${text}\n`)
  }
  const start = (at: { host: string; port: number }): Promise<Tracker> =>
    Tracker.start({
      ...at,
      clock: systemClock,
      version: VERSION,
      allowAnnounce: flags.allowAnnounce,
      onChange: (change) => {
        log(`${eventLine(change, style)}  ${peerId(change.peer)}`)
      },
      onError: (error) => {
        process.stderr.write(
          `something went wrong: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
        )
      },
    })
  const { server: tracker, host } = await listenAnywhere(flags.ip, flags.port, NaN, start).catch(
    (error: unknown) => {
      throw listenError(error, 'cannot start the tracker', flags.ip, flags.port)
    },
  )
  if (host !== flags.ip) {
    process.stderr.write(
      `WARNING: this machine has no address ${flags.ip}; listening on ${host} instead: every network can reach this tracker\n`,
    )
  }
  log(
    `tracker listening on ${peerId({ ip: tracker.address.host, port: tracker.address.port })}; Ctrl-C ends it`,
  )
  const status = await signalled()
  await tracker.close()
  return status
}

/** The first signal ends it in order, the second at once. */
function signalled(): Promise<number> {
  return new Promise((resolve) => {
    let stopping = false
    const stop = (status: number) => (): void => {
      if (stopping) process.exit(status)
      stopping = true
      resolve(status)
    }
    process.on('SIGINT', stop(EXIT.interrupted))
    process.on('SIGTERM', stop(EXIT.ok))
    process.on('SIGHUP', stop(EXIT.ok))
  })
}
