/** The LAN of the tests of messages: the node of Ada, and the foreign program of Mai, which has announced itself. */
import { ChatError } from '../../../../src/chat/errors.ts'
import { SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc, RfcStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'
import type { LanCommand } from '../../../../src/udp/node/model.ts'

/** Unix time in seconds at which the LAN begins. */
export const NOW = START / 1000
export const ADA = 'ada@10.77.0.1'
export const MAI = 'mai@10.77.0.11'
export const EVE = 'eve@10.77.0.13'
export const FROM_MAI = { host: '10.77.0.11', port: 50_999 }
export const FROM_EVE = { host: '10.77.0.13', port: 50_999 }
export const ID = '0123456789abcdef'

/** Lines of a datagram, by their keys. */
export type Lines = Readonly<Record<string, string | number>>

interface MessagingLan {
  readonly lan: SimulatedLan
  readonly ada: Station<LanNode>
  readonly mai: Station<RfcStandIn>
}

export function startLan(): MessagingLan {
  const lan = new SimulatedLan()
  const ada = lan.node('ada', '10.77.0.1')
  return { lan, ada, mai: addForeign(lan, MAI) }
}

/** Adds a foreign program that has announced itself. */
export function addForeign(lan: SimulatedLan, userId: string, acknowledges = false): Station<RfcStandIn> {
  const program = new RfcStandIn(userId, { acknowledges })
  const station = lan.add(program, userId.slice(userId.indexOf('@') + 1))
  program.sendEverybody(program.profile())
  lan.step(0)
  return station
}

export function token(scope: string, user = MAI, expiry = NOW + 3600): string {
  return `${user}|${expiry}|${scope}`
}

/** A DM of Mai to Ada. */
export function dmToAda(more: Lines = {}): string {
  const ids = { TIMESTAMP: NOW, MESSAGE_ID: ID, TOKEN: token('chat') }
  return rfc('DM', { FROM: MAI, TO: ADA, CONTENT: 'coffee?', ...ids, ...more })
}

/** Gives a command. Returns `done`, or the status and the sentence with which it was refused. */
export function attempt(lan: SimulatedLan, node: Station<LanNode>, command: LanCommand): string {
  try {
    lan.command(node, command)
  } catch (error) {
    if (error instanceof ChatError) return `${error.status} ${error.message}`
    throw error
  }
  return 'done'
}

// --- groups -----------------------------------------------------------------------------------------

const GROUP_LINES = { FROM: MAI, GROUP_ID: 'lab', TIMESTAMP: NOW, TOKEN: token('group') }

/** Mai creates the group `lab` with Ada. */
export function groupCreated(more: Lines = {}): string {
  return rfc('GROUP_CREATE', { ...GROUP_LINES, GROUP_NAME: 'Lab', MEMBERS: `${MAI},${ADA}`, ...more })
}

export function groupUpdated(more: Lines): string {
  return rfc('GROUP_UPDATE', { ...GROUP_LINES, ...more })
}

export function groupMessage(more: Lines = {}): string {
  return rfc('GROUP_MESSAGE', { ...GROUP_LINES, CONTENT: 'slides are up', ...more })
}

/** GROUP_ADD, with all members: one program sends it to a new member in the place of GROUP_CREATE. */
export function groupAdded(more: Lines = {}): string {
  const lines = { GROUP_NAME: 'Lab', ADD: ADA, MEMBERS: `${EVE},${ADA}` }
  return rfc('GROUP_ADD', { ...GROUP_LINES, ...lines, ...more })
}

export function groupRemoved(more: Lines): string {
  return rfc('GROUP_REMOVE', { ...GROUP_LINES, ...more })
}
