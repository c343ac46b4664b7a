/** Where peers with keys are reached: proved routes first, candidates behind them. */
import { describe, expect, test } from 'vitest'
import { Routes } from '../../../src/peer/contacts/routes.ts'
import { newSelf } from '../../support/peers.ts'
import type { Peer } from '../../../src/chat/model.ts'

const [KEY, OTHER] = [newSelf().keys.id, newSelf().keys.id]
const HOME = { host: '10.0.0.1', port: 8000 }
const OFFICE = { host: '10.0.0.2', port: 8000 }
const CAFE = { host: '10.0.0.3', port: 8000 }
/** As a source lists it. */
const BOB: Peer = { ip: '10.0.0.9', port: 9000, name: 'bob', key: KEY }

function hostOf(routes: Routes, peer = BOB): string {
  return routes.target(peer).host
}

describe('the target of a request', () => {
  test('is the address of a program without a key', () => {
    const { ip, port, name } = BOB
    expect(new Routes().target({ ip, port, name })).toEqual({ host: ip, port })
  })

  test('is where a source lists a key that has no route yet, and names the key', () => {
    expect(new Routes().target(BOB)).toEqual({ host: BOB.ip, port: BOB.port, key: KEY })
  })

  test('is the route that was proved last', () => {
    const routes = new Routes()
    routes.proved(KEY, HOME)
    routes.proved(KEY, OFFICE)
    expect(routes.target(BOB)).toEqual({ ...OFFICE, key: KEY })
    routes.proved(KEY, HOME)
    expect(hostOf(routes)).toBe(HOME.host)
  })

  test('is no candidate as long as a proved route answers', () => {
    const routes = new Routes()
    routes.proved(KEY, HOME)
    for (const address of [OFFICE, CAFE]) routes.hinted(KEY, address)
    expect(hostOf(routes)).toBe(HOME.host)
    routes.failed(KEY, HOME)
    expect(hostOf(routes)).toBe(CAFE.host)
    routes.failed(KEY, CAFE)
    expect(hostOf(routes)).toBe(OFFICE.host)
    routes.failed(KEY, OFFICE)
    expect(hostOf(routes)).toBe(HOME.host)
  })

  test('is no address where another program answered', () => {
    const routes = new Routes()
    for (const address of [HOME, OFFICE]) routes.proved(KEY, address)
    routes.refuted(KEY, OFFICE)
    expect(hostOf(routes)).toBe(HOME.host)
    routes.refuted(KEY, HOME)
    expect([hostOf(routes), routes.isProved(KEY)]).toEqual([BOB.ip, false])
  })
})

describe('an address', () => {
  test('belongs to the key that was proved there last', () => {
    const routes = new Routes()
    const at = { ip: HOME.host, port: HOME.port }
    expect(routes.keyAt(at)).toBeUndefined()
    routes.proved(KEY, HOME)
    routes.proved(OTHER, HOME)
    expect([routes.keyAt(at), routes.isProvedAt(KEY, HOME), routes.isProved(KEY)]).toEqual([
      OTHER,
      false,
      false,
    ])
  })

  test('that is a hint only belongs to no key', () => {
    const routes = new Routes()
    routes.hinted(KEY, HOME)
    expect([routes.keyAt({ ip: HOME.host, port: HOME.port }), routes.isProved(KEY)]).toEqual([
      undefined,
      false,
    ])
  })

  test('is one of eight at most, and those hinted longest ago are forgotten', () => {
    const routes = new Routes()
    routes.proved(KEY, HOME)
    for (let number = 1; number <= 20; number++) routes.hinted(KEY, { host: `10.1.0.${number}`, port: 8000 })
    const tried: string[] = []
    for (let count = 0; count < 9; count++) {
      const { host, port } = routes.target(BOB)
      tried.push(host)
      routes.failed(KEY, { host, port })
    }
    expect(tried).toEqual([
      HOME.host,
      ...[20, 19, 18, 17, 16, 15, 14].map((each) => `10.1.0.${each}`),
      HOME.host,
    ])
  })
})
