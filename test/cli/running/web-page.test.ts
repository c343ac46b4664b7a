/** The page of a running peer: the file by which scripts find it, and what the user is told. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebPage, type WebFlags } from '../../../src/cli/running/web-page.ts'
import { startPeer } from '../../support/peers.ts'
import { temporaryDirectory } from '../../support/files.ts'

const FLAGS: WebFlags = { host: '127.0.0.1', port: 0, qr: false, portFlag: '--web-port' }

async function pageOf(kept: string | undefined, more: Partial<WebFlags> = {}) {
  const problems: unknown[] = []
  const alice = await startPeer({ name: 'alice' })
  const page = new WebPage({
    peer: alice.peer,
    flags: { ...FLAGS, ...more },
    lan: undefined,
    isTrackerOptional: false,
    directory: kept,
    allowHosts: [],
    color: false,
    onError: (error) => problems.push(error),
  })
  onTestFinished(() => page.close())
  return { page, problems }
}

test('while it is open a file for its owner has its address and its token', async () => {
  const kept = temporaryDirectory()
  const file = join(kept, 'web.json')
  const { page } = await pageOf(kept)
  await page.open()
  const { url, token, pid } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  expect({ url, pid }).toEqual({ url: page.url, pid: process.pid })
  expect(page.url).toContain(String(token))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  await page.close()
  expect(existsSync(file)).toBe(false)
})

test('the file of another peer stays', async () => {
  const kept = temporaryDirectory()
  const file = join(kept, 'web.json')
  const { page } = await pageOf(kept)
  await page.open()
  writeFileSync(file, '{"token":"of another peer"}')
  await page.close()
  expect(existsSync(file)).toBe(true)
})

test('a directory that is gone is reported, and the page is open', async () => {
  const { page, problems } = await pageOf(join(temporaryDirectory(), 'gone'))
  await page.open()
  expect(problems).toHaveLength(1)
  expect((await fetch(page.url.replace(/#.*/, ''))).status).toBeLessThan(500)
})

test('a port that is taken is an ExitError that names the flag', async () => {
  const { page: first } = await pageOf(undefined)
  await first.open()
  const { page } = await pageOf(undefined, { port: Number(new URL(first.url).port) })
  await expect(page.open()).rejects.toMatchObject({
    status: 4,
    message: expect.stringMatching(/^cannot open the page: .* choose another with --web-port$/) as string,
  })
})

test('the address has its own line, and a QR code is for other machines only', async () => {
  const { page } = await pageOf(undefined)
  await page.open()
  expect(page.greeting.split('\n')).toEqual(['-- the page of this chat:', page.url])
  expect(page.qrCode).toBeUndefined()
  const { page: withCode } = await pageOf(undefined, { qr: true })
  await withCode.open()
  expect(withCode.qrCode).toBe(
    '-- no QR code: only this machine can open the page; --web-host 0.0.0.0 lets a phone open it',
  )
  const { page: forOthers } = await pageOf(undefined, { host: '0.0.0.0' })
  await forOthers.open()
  expect(forOthers.greeting).toContain('other machines can open it, too: give it to no one else')
  expect(forOthers.qrCode).toMatch(/^[█▀▄ \n]+$/)
})
