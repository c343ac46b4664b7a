/** Who is in the list of the tracker, asked from outside as a script would do it. */
import { jsonObject } from '../../http/body.ts'
import { peers } from '../../peer/discovery/tracker-client.ts'
import { ExpectationError } from './model.ts'
import type { Client } from '../../http/client.ts'
import type { Address } from '../../http/message.ts'

/** Their names, sorted; those of one channel, when it is named. Rejects with Missed. */
export async function listedNames(client: Client, tracker: Address, channel?: string): Promise<string> {
  const target = channel === undefined ? '/get-list' : `/get-list?channel=${channel}`
  try {
    const { status, body } = await client.request(tracker, { method: 'GET', target, headers: {} })
    if (status !== 200) throw new ExpectationError(`it was answered with ${status}`)
    const list = peers(jsonObject(Buffer.from(body).toString())['peers'])
    return list
      .map(({ name }) => name)
      .sort()
      .join(', ')
  } catch (error) {
    throw new ExpectationError(`GET ${target}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
