/** The disk: can messages be kept? */
import { quoted } from '../../system/quoted.ts'
import { held } from '../format.ts'
import type { DiskFinding, Findings } from '../findings.ts'
import type { CheckResult, Problem, Verdict } from './check-result.ts'

const MEBIBYTE = 1024 * 1024
const MIN_FREE = 20 * MEBIBYTE

const NO_PLACE: CheckResult = {
  checks: [{ area: 'disk', verdict: 'note', text: 'there is no home directory' }],
  problems: [
    {
      code: 'no_home',
      severity: 'note',
      cause: 'There is no home directory, so messages are kept only until a peer ends.',
      fix: ['parley peer --data DIRECTORY'],
    },
  ],
}

export function checkDisk({ disk, running, system }: Findings): CheckResult {
  if (disk.directory === '') return NO_PLACE
  const free = disk.freeBytes === undefined ? '' : `, ${size(disk.freeBytes)} free`
  const isWindows = system.platform === 'win32'
  const check = (verdict: Verdict, text: string) => ({ area: 'disk', verdict, text })
  const where = quoted(disk.directory)
  if (!disk.isWritable)
    return {
      checks: [check('fault', `${disk.directory} cannot be written to`)],
      problems: [
        {
          code: 'disk',
          severity: 'fault',
          cause: `Messages cannot be kept: nothing can be written to ${disk.directory}.`,
          fix: isWindows
            ? ['parley peer --data DIRECTORY']
            : [`sudo chown -R "$(id -un)" ${where}`, 'parley peer --data DIRECTORY'],
        },
      ],
    }
  if (disk.freeBytes !== undefined && disk.freeBytes < MIN_FREE)
    return {
      checks: [check('fault', `${disk.directory}${free}`)],
      problems: [
        {
          code: 'disk',
          severity: 'fault',
          cause: `The disk with ${disk.directory} is nearly full (${size(disk.freeBytes)} free), so messages cannot be kept.`,
          fix: [isWindows ? 'cleanmgr' : `df -h ${where}   # and make room`],
        },
      ],
    }
  const owner = ownerProblem(disk)
  if (owner !== undefined) return { checks: [check('fault', owner.cause)], problems: [owner] }
  if (disk.store === 'in_use' && running !== undefined)
    return { checks: [check('ok', `${disk.directory}, in use by your peer${free}`)], problems: [] }
  if (disk.store === 'none' || disk.store === 'ready')
    return { checks: [check('ok', `${disk.directory}${free}`)], problems: [] }
  return broken(disk, isWindows)
}

/** The person in the directory does not start, or not as itself. */
function ownerProblem({ directory, moved, key }: DiskFinding): Problem | undefined {
  const where = quoted(directory)
  if (moved !== undefined)
    return {
      code: 'moved',
      severity: 'fault',
      cause: `The person in ${directory} ${moved}, so it does not start here: one key in two places gets only a part of its messages in each.`,
      fix: [
        'parley identity import FILE',
        `parley identity undo-move --data ${where}   # if it never arrived`,
      ],
    }
  if (key === undefined || key === 'fine') return undefined
  const what =
    key === 'missing'
      ? 'is missing or cannot be read'
      : 'is not the one that the messages beside it belong to'
  return {
    code: 'key',
    severity: 'fault',
    cause: `The key in ${directory} ${what}, so this person does not start: others know it by its key.`,
    fix: [
      `cp BACKUP ${quoted(`${directory}/key`)}`,
      `mv ${where} ${quoted(`${directory}.old`)}   # to begin as another person`,
    ],
  }
}

function broken({ directory, store, holder, problem }: DiskFinding, isWindows: boolean): CheckResult {
  const file = `${directory}/parley.db`
  const isHeld = store === 'in_use'
  const kill = holder === undefined ? [] : [isWindows ? `taskkill /PID ${holder.pid}` : `kill ${holder.pid}`]
  const aside = store === 'too_new' ? [] : [`mv ${quoted(file)} ${quoted(`${file}.old`)}`]
  const fix = isHeld ? kill : aside
  return {
    checks: [
      {
        area: 'disk',
        verdict: isHeld ? 'note' : 'fault',
        text: isHeld ? `${file} is in use by ${held(holder)}` : (problem ?? file),
      },
    ],
    problems: [
      {
        code: 'store',
        severity: isHeld ? 'note' : 'fault',
        cause: isHeld
          ? `${file} is in use by ${held(holder)}, so a second peer of this name keeps nothing.`
          : `What was kept cannot be used: ${problem ?? file}.`,
        fix: [...fix, 'parley peer --data DIRECTORY'],
      },
    ],
  }
}

function size(bytes: number): string {
  if (bytes < 1024 * MEBIBYTE) return `${Math.floor(bytes / MEBIBYTE)} MiB`
  return `${(bytes / 1024 / MEBIBYTE).toFixed(1)} GiB`
}
