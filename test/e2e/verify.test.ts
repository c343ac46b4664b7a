/** Two people compare keys, with real processes. */
import { expect, test } from 'vitest'
import { peer, tracker } from './programs.ts'

const NUMBER = /(?: {5}(?:[0-9]{5} ?){6}\n){2}/

test('/verify shows the same digits on both screens; yes marks the other until it changes its name', async () => {
  const { port } = await tracker()
  const bob = await peer('bob', port)
  const alice = await peer('alice', port)
  await alice.prints('bob is here')
  await bob.prints('alice joined')
  alice.type('/verify bob\n')
  bob.type('/verify alice\n')
  const [own] = await alice.prints(NUMBER)
  const [theirs] = await bob.prints(NUMBER)
  expect(theirs).toBe(own)
  alice.type('/verify bob yes\n/contacts\n')
  await alice.prints(/ {4}bob {2}\w{4}-\w{4} {2}verified {2}here/)
  bob.type('/nick robert\n')
  await alice.prints('WARNING: bob, verified by you, is called robert now')
  alice.type('/whois robert\n')
  await alice.prints(/robert was called bob until/)
})

test('a contact that takes the name of another stays what it was called, until /accept', async () => {
  const { port } = await tracker()
  const bob = await peer('bob', port)
  const carol = await peer('carol', port)
  const alice = await peer('alice', port)
  await alice.prints(/(?:bob, carol|carol, bob) are here/)
  // A line is a member's only when its key is proved.
  bob.type('hello from bob\n')
  carol.type('hello from carol\n')
  await alice.prints('hello from bob')
  await alice.prints('hello from carol')
  carol.type('/nick bob\n')
  await alice.prints('carol calls itself bob now, which is the name of another person: it stays carol here')
  carol.type('still here\n')
  await alice.prints('<carol> still here')
  alice.type('/accept carol\n')
  const [label = ''] = (await alice.prints(/carol is (bob·\w{4}-\w{4}) here now/)).slice(1)
  carol.type('/nick caro\n')
  await alice.prints(`-- ${label} is now caro\n`)
  alice.type('/history\n')
  // Its words are those of then.
  await alice.prints('carol calls itself bob now, which is the name of another person: it stays carol here')
  await alice.prints(`-- ${label} is now caro\n`)
  // The key says who is meant, by whatever name.
  alice.type(`/whois ${label}\n/whois zoe${label.slice(3)}\n/ignore alice\n`)
  await alice.prints('-- caro at 127.0.0.1')
  await alice.prints('is the key of caro, who was never called zoe here')
  await alice.prints('alice: that is you')
})
