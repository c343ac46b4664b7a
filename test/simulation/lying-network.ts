/** The network of a dishonest tracker: in every answer the keys of two users are exchanged, so each is listed at a wrong address. */
import type { Body, Handler, Response } from '../../src/http/message.ts'
import type { HttpNetwork } from '../../src/http/network.ts'

export function exchanging(network: HttpNetwork, one: string, other: string): HttpNetwork {
  const exchanged = (text: string): string =>
    text.replaceAll(new RegExp(`${one}|${other}`, 'g'), (key) => (key === one ? other : one))
  const lying =
    (honest: Handler): Handler =>
    async (request, context) => {
      const answer: Response = await honest(request, context)
      return answer.body === undefined ? answer : { ...answer, body: lie(answer.body, exchanged) }
    }
  return { ...network, listen: (handler, options) => network.listen(lying(handler), options) }
}

function lie(body: Body, exchanged: (text: string) => string): Body {
  if (typeof body === 'string') return exchanged(body)
  return body instanceof Uint8Array ? exchanged(Buffer.from(body).toString()) : pieces(body, exchanged)
}

/** Each event of a feed is a piece. */
async function* pieces(
  body: AsyncIterable<string | Uint8Array>,
  exchanged: (text: string) => string,
): AsyncGenerator<string> {
  for await (const piece of body) yield exchanged(Buffer.from(piece).toString())
}
