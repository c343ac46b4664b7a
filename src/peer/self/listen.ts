/** The port and the address that a peer listens on, and the addresses of its machine. */
import { systemCode } from '../../chat/errors.ts'
import { networkInterfaces } from 'node:os'
import { isLoopback } from '../../http/ip.ts'
import type { Address } from '../../http/message.ts'

const FIRST_PORT = 8000
const LAST_PORT = 9999
const EVERYWHERE = '0.0.0.0'

export interface ListenWanted {
  readonly host: string
  /** Undefined: `before`, or the first free port of 8000 to 9999. */
  readonly port: number | undefined
  /** The port of the last run, so that other peers find this one there again; NaN: none. */
  readonly before: number
  /** Listens on 0.0.0.0 if this machine has no such address. */
  readonly hasFallback: boolean
}

/** Rejects with the error of listen(2). */
export async function listenAnywhere<Server>(
  { host, port, before, hasFallback }: ListenWanted,
  listen: (at: { host: string; port: number }) => Promise<Server>,
): Promise<{ server: Server; host: string }> {
  try {
    return { server: await listenOnPort(host, port, before, listen), host }
  } catch (error) {
    if (!hasFallback || systemCode(error) !== 'EADDRNOTAVAIL') throw error
    return { server: await listenOnPort(EVERYWHERE, port, before, listen), host: EVERYWHERE }
  }
}

function listenOnPort<Server>(
  host: string,
  port: number | undefined,
  before: number,
  listen: (at: { host: string; port: number }) => Promise<Server>,
): Promise<Server> {
  const range = portRange(FIRST_PORT, LAST_PORT)
  const ports = range.includes(before) ? [before, ...range] : range
  return listenOnFirstFree(port === undefined ? ports : [port], (port) => listen({ host, port }))
}

/** The ports from `first` to `last`, in order. */
export function portRange(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_port, index) => first + index)
}

/** Listens on the first of these ports that is free. Rejects with the last error of listen(2). */
export async function listenOnFirstFree<Server>(
  ports: readonly number[],
  listen: (port: number) => Promise<Server>,
): Promise<Server> {
  for (const port of ports) {
    try {
      return await listen(port)
    } catch (error) {
      if (port === ports.at(-1) || !isTaken(error, port)) throw error
    }
  }
  throw new Error('no port to listen on')
}

/** The address by which others reach a peer that listens on `host`: `host`, or for 0.0.0.0 one of this machine. */
export function ownAddress(host: string, tracker: Address | undefined): string {
  if (host !== EVERYWHERE && host !== '::') return host
  if (tracker !== undefined && isLoopback(tracker.host)) return '127.0.0.1'
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** All IPv4 and IPv6 addresses of this machine. */
export function addressesOfMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address))
}

/**
 * Whether an error of listen(2) or bind(2) means that another port has to be tried: this one is in use, or the system
 * reserves it (EACCES above 1023, where every user may listen: Windows reserves ports for Hyper-V, WSL and Docker).
 */
export function isTaken(error: unknown, port: number): boolean {
  const code = systemCode(error)
  return code === 'EADDRINUSE' || (code === 'EACCES' && !isForAdministrator(port))
}

/** Ports below 1024 are for the administrator. */
export function isForAdministrator(port: number): boolean {
  return port < 1_024
}
