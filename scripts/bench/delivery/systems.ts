/** What is compared: how it is called, which server it needs, and where its wire is. */
import type { ServerName } from '../servers.ts'
import type { Wire } from './wire.ts'

export interface System {
  /** As it stands in the tables. */
  readonly title: string
  readonly server?: ServerName
  /** Its history is on disk. */
  readonly onDisk?: boolean
}

export const SYSTEMS = {
  floor: { title: 'bare TCP (node:net)' },
  appended: { title: 'bare TCP, appended to a file', onDisk: true },
  kept: { title: 'bare TCP, kept in SQLite', onDisk: true },
  parley: { title: 'Parley, history on disk', onDisk: true },
  'parley-memory': { title: 'Parley, history in memory' },
  ws: { title: 'WebSocket (ws)' },
  undici: { title: 'undici -> node:http' },
  http: { title: 'node:http -> node:http' },
  mqtt0: { title: 'MQTT QoS 0 (Mosquitto)', server: 'mosquitto' },
  mqtt1: { title: 'MQTT QoS 1 (Mosquitto)', server: 'mosquitto' },
  nats: { title: 'NATS', server: 'nats-server' },
  redis: { title: 'Redis pub/sub', server: 'redis-server' },
} as const satisfies Record<string, System>

export type SystemName = keyof typeof SYSTEMS

export const SYSTEM_NAMES = Object.keys(SYSTEMS).filter(isSystem)

export function isSystem(name: string): name is SystemName {
  return Object.hasOwn(SYSTEMS, name)
}

/** Loaded by who needs it only: a process of one system does not carry the others. */
export const WIRES: Readonly<Record<SystemName, () => Promise<Wire>>> = {
  floor: async () => (await import('./floor.ts')).wire,
  appended: async () => (await import('./appended.ts')).wire,
  kept: async () => (await import('./kept.ts')).wire,
  parley: async () => (await import('./parley.ts')).wire,
  'parley-memory': async () => (await import('./parley.ts')).wire,
  ws: async () => (await import('./websocket.ts')).wire,
  undici: async () => (await import('./http.ts')).undici,
  http: async () => (await import('./http.ts')).agent,
  mqtt0: async () => (await import('./mqtt.ts')).atMostOnce,
  mqtt1: async () => (await import('./mqtt.ts')).atLeastOnce,
  nats: async () => (await import('./nats.ts')).wire,
  redis: async () => (await import('./redis.ts')).wire,
}
