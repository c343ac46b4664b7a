/** TCP ports of 127.0.0.1: free ones, and one that another program holds. */
import { onTestFinished } from 'vitest'
import { FakeServer } from './raw-socket.ts'

export { freePort } from '../../src/cli/system/free-port.ts'

/** A port that is in use until the test is over. */
export async function takenPort(): Promise<number> {
  const holder = await FakeServer.listen(() => undefined)
  onTestFinished(() => holder[Symbol.asyncDispose]())
  return holder.address.port
}
