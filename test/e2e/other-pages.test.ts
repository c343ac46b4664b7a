/**
 * Pages of other servers at a tracker, in a real browser. Pages of the origin in `--allow-origin` register, list and read
 * refusals by fetch(), as the page of legacy clients does; all others cannot.
 */
import { expect, test } from 'vitest'
import { sentencePage } from '../../src/http/sentence-page.ts'
import { serve } from '../http/support.ts'
import { Program } from './programs.ts'
import { browsing } from './web-support.ts'
import { freePort } from '../support/ports.ts'
import type { Page } from 'playwright-core'

// Refusals for the other page belong to this test.
const { context } = browsing((complaint) => /blocked by CORS policy|Failed to load resource/.test(complaint))

/** Another server with a page that may send requests to any host. */
function pageServer() {
  const page = sentencePage(200, { title: 'Another page', sentences: ['It asks a tracker.'] })
  return serve(() => ({ ...page, headers: { 'Content-Type': 'text/html; charset=utf-8' } }))
}

/** The results in the page: status and JSON of each answer, or the name of the error. */
async function asks(page: Page, tracker: string): Promise<unknown[]> {
  const questions: [method: string, path: string, body?: object][] = [
    ['POST', '/submit-info', { ip: '127.0.0.1', port: 8001, name: 'page' }],
    ['POST', '/add-list', { channel: 'ops', peer: { ip: '127.0.0.1', port: 8001, name: 'page' } }],
    ['GET', '/get-list?channel=ops'],
    ['POST', '/submit-info', { ip: '127.0.0.1', name: 'page' }],
  ]
  return page.evaluate(
    async ([url, all]) => {
      const read: unknown[] = []
      for (const [method, path, body] of all) {
        const sent = { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
        try {
          const answer = await fetch(url + path, { method, ...(body === undefined ? {} : sent) })
          read.push([answer.status, await answer.json()])
        } catch (error) {
          read.push(String(error))
        }
      }
      return read
    },
    [tracker, questions] as const,
  )
}

test('a page of the given origin registers, joins, lists and reads why it is refused; another one cannot', async () => {
  await using allowed = await pageServer()
  await using other = await pageServer()
  const port = await freePort()
  const origin = `http://127.0.0.1:${allowed.address.port}`
  const program = new Program([
    ...['tracker', '--ip', '127.0.0.1', '--port', String(port), '--allow-origin', origin],
  ])
  await program.prints('tracker listening')
  const page = await (await context()).newPage()
  await page.goto(`http://127.0.0.1:${other.address.port}/`)
  expect(await asks(page, `http://127.0.0.1:${port}`)).toEqual(Array(4).fill('TypeError: Failed to fetch'))
  await page.goto(`${origin}/`)
  expect(await asks(page, `http://127.0.0.1:${port}`)).toMatchObject([
    [200, { status: 'ok', peers_count: 1 }],
    [200, { status: 'ok' }],
    [200, { peers: [{ ip: '127.0.0.1', port: 8001, name: 'page' }] }],
    [400, { error: 'missing_field', field: 'port' }],
  ])
})
