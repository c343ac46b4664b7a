/**
 * The program that has a port or a file open, by proc(5) of Linux; on other systems it is unknown.
 *
 * /proc/net/udp and similar tables name the socket of a port by its inode; /proc/PID/fd names the sockets and files of a
 * process. Processes of other users are hidden.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Holder } from '../findings.ts'
import type { Protocol } from '../fixes.ts'

/** `st` of a listening socket: TCP_LISTEN, and TCP_CLOSE for UDP (include/net/tcp_states.h). */
const STATES: Readonly<Record<Protocol, string>> = { tcp: '0A', udp: '07' }

/** The program that has this port, other than this process; undefined: none that is visible. */
export function holderOfPort(protocol: Protocol, port: number, proc = '/proc'): Holder | undefined {
  const inodes = new Set(
    [protocol, `${protocol}6`].flatMap((table) =>
      socketInodes(text(`${proc}/net/${table}`), port, STATES[protocol]),
    ),
  )
  return inodes.size === 0 ? undefined : holderOf((target) => inodes.has(target), proc)
}

/** The program that has a file open. `path`: absolute and without symbolic links. */
export function holderOfFile(path: string, proc = '/proc'): Holder | undefined {
  return holderOf((target) => target === path, proc)
}

/** `socket:[INODE]` for each socket at this port in a table such as /proc/net/tcp. */
export function socketInodes(table: string, port: number, state: string): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table.split('\n').flatMap((line) => {
    const [, local, , found, , , , , , inode] = line.trim().split(/\s+/)
    return local?.endsWith(`:${wanted}`) === true && found === state ? [`socket:[${inode ?? ''}]`] : []
  })
}

function holderOf(isIt: (target: string) => boolean, proc: string): Holder | undefined {
  for (const pid of entries(proc).filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)) {
    const directory = `${proc}/${pid}/fd`
    if (!entries(directory).some((descriptor) => isIt(link(`${directory}/${descriptor}`)))) continue
    return { pid: Number(pid), program: programOf(`${proc}/${pid}`) || 'a program' }
  }
  return undefined
}

function programOf(process: string): string {
  return programName({
    thread: text(`${process}/comm`).trim(),
    executable: link(`${process}/exe`).replace(/ \(deleted\)$/, ''),
    words: text(`${process}/cmdline`).split('\0'),
  })
}

export interface ProcessNames {
  /** The name of its main thread: at first that of the started file, in 15 bytes. */
  readonly thread: string
  /** The path of the executable; '' if hidden. */
  readonly executable: string
  /** The command line. */
  readonly words: readonly string[]
}

/**
 * The program's name for users. The thread has the name of a script (`chat.py`, where the executable is python3), unless
 * the program renamed it: Node calls its own MainThread.
 */
export function programName({ thread, executable, words }: ProcessNames): string {
  const isOfAFile = thread !== '' && [executable, ...words].some((path) => fileName(path).startsWith(thread))
  return isOfAFile ? thread : fileName(executable) || thread
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

// A file that is gone or hidden counts as empty.

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
