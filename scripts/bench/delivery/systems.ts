/** The systems that are compared: their names in the tables, the server that each needs, and its wire. */
import type { ServerName } from '../harness/servers.ts'
import type { Wire } from './wire.ts'

export interface System {
  /** Its name in the tables. */
  readonly title: string
  readonly server?: ServerName
  /** It keeps messages on disk. */
  readonly onDisk?: boolean
  /** Loaded where it is needed: a process of one system does not carry the others. */
  readonly wire: () => Promise<Wire>
}

export const SYSTEMS = {
  floor: { title: 'bare TCP (node:net)', wire: async () => (await import('./tcp.ts')).floor },
  tls: { title: 'TLS (node:tls)', wire: async () => (await import('./tcp.ts')).tls },
  appended: {
    title: 'bare TCP, appended to a file',
    onDisk: true,
    wire: async () => (await import('./tcp.ts')).appended,
  },
  kept: {
    title: 'bare TCP, kept in SQLite',
    onDisk: true,
    wire: async () => (await import('./tcp.ts')).kept,
  },
  parley: {
    title: 'Parley, history on disk',
    onDisk: true,
    wire: async () => (await import('./parley.ts')).wire,
  },
  'parley-memory': {
    title: 'Parley, history in memory',
    wire: async () => (await import('./parley.ts')).wire,
  },
  'parley-clear': {
    title: 'Parley, history on disk, not encrypted',
    onDisk: true,
    wire: async () => (await import('./parley.ts')).inClear,
  },
  ws: { title: 'WebSocket (ws)', wire: async () => (await import('./websocket.ts')).wire },
  undici: { title: 'undici -> node:http', wire: async () => (await import('./http.ts')).undici },
  http: { title: 'node:http -> node:http', wire: async () => (await import('./http.ts')).agent },
  mqtt0: {
    title: 'MQTT QoS 0 (Mosquitto)',
    server: 'mosquitto',
    wire: async () => (await import('./brokers.ts')).mqttAtMostOnce,
  },
  mqtt1: {
    title: 'MQTT QoS 1 (Mosquitto)',
    server: 'mosquitto',
    wire: async () => (await import('./brokers.ts')).mqttAtLeastOnce,
  },
  nats: { title: 'NATS', server: 'nats-server', wire: async () => (await import('./brokers.ts')).nats },
  redis: {
    title: 'Redis pub/sub',
    server: 'redis-server',
    wire: async () => (await import('./brokers.ts')).redis,
  },
} as const satisfies Record<string, System>

export type SystemName = keyof typeof SYSTEMS

export const SYSTEM_NAMES = Object.keys(SYSTEMS).filter(isSystem)

export function isSystem(name: string): name is SystemName {
  return Object.hasOwn(SYSTEMS, name)
}
