/**
 * The parts of a peer. Invariant: each is built from those before it, and holds the objects that it works with.
 */
import { Counters } from '../chat/counters.ts'
import { randomHex } from '../chat/random.ts'
import { Presence } from '../chat/presence.ts'
import { TCP } from '../http/network.ts'
import { SecureDoor } from '../secure/door.ts'
import { securedBy } from '../secure/initiator.ts'
import { Channels } from './channels.ts'
import { Entrances } from './closed/entrances.ts'
import { Gathering } from './closed/gathering.ts'
import { Membership } from './closed/membership.ts'
import { closedRoutes } from './closed/routes.ts'
import { Steward } from './closed/steward.ts'
import { ContactBook } from './contacts/contact-book.ts'
import { Contacts } from './contacts/contacts.ts'
import { Identities } from './contacts/identities.ts'
import { Labels } from './contacts/labels.ts'
import { NameNews } from './contacts/name-news.ts'
import { PeerClient } from './contacts/peer-client.ts'
import { Predecessors } from './contacts/predecessors.ts'
import { Routes } from './contacts/routes.ts'
import { Successions } from './contacts/successions.ts'
import { keptSuccessions } from './self/kept-successions.ts'
import { Verification } from './contacts/verification.ts'
import { Arrivals } from './discovery/arrivals.ts'
import { BeaconSource } from './discovery/closed/beacon-source.ts'
import { Directory } from './contacts/directory.ts'
import { Discovery } from './discovery/discovery.ts'
import { Greetings } from './discovery/greetings.ts'
import { HelloClient } from './discovery/hello-client.ts'
import { HelloService } from './discovery/hello.ts'
import { LanLink } from './discovery/lan.ts'
import { LanSource } from './discovery/lan-source.ts'
import { ManualSource } from './discovery/manual.ts'
import { PeerExchange } from './discovery/peer-exchange.ts'
import { helloRoutes } from './discovery/routes.ts'
import { TrackerSource } from './discovery/tracker-source.ts'
import { Vetting } from './discovery/vetting.ts'
import { Events } from './events.ts'
import { Floods } from './hush/floods.ts'
import { IgnoreLists } from './hush/ignore-lists.ts'
import { Hush } from './hush/hush.ts'
import { Joins } from './joins.ts'
import { Delivery } from './messages/delivery/delivery.ts'
import { Hearsay } from './messages/hearsay.ts'
import { HistoryService } from './messages/history-service.ts'
import { HistorySync } from './messages/history-sync.ts'
import { HttpTransport } from './messages/delivery/http-transport.ts'
import { Inbox } from './messages/inbox.ts'
import { Outbox } from './messages/outbox.ts'
import { Outgoing } from './messages/outgoing.ts'
import { PeerTransport } from './messages/delivery/peer-transport.ts'
import { ReadMarks } from './read-marks.ts'
import { Relay } from './messages/relay.ts'
import { messageRoutes } from './messages/routes.ts'
import { Signatures } from './messages/signatures/signatures.ts'
import { Signer } from './messages/signatures/signer.ts'
import { Profiles } from './profiles/profiles.ts'
import { profileRoutes } from './profiles/routes.ts'
import { ReachCheck } from './self/reach-check.ts'
import { selfRoutes } from './self/routes.ts'
import { Self } from './self/self.ts'
import { Quotas } from './server/quotas.ts'
import { PeerServer } from './server/server.ts'
import type { Clock } from '../chat/clock.ts'
import type { Feature } from './feature.ts'
import type { PeerOptions } from './options.ts'

export type Parts = ReturnType<typeof buildParts>

export function buildParts(options: PeerOptions) {
  const { store, tracker, random = Math.random, network = TCP, peers: addresses = [] } = options
  // Parts go by the time of the store, which leaps with no clock and goes on over a restart.
  const clock: Clock = {
    now: () => store.now(),
    wall: () => options.clock.wall(),
    after: (ms, task) => options.clock.after(ms, task),
  }
  const features: Feature[] = []
  const presence = new Presence((change) => {
    for (const feature of features) feature.onPresence?.(change)
  })
  const { name, secure } = options
  const self = new Self({
    name,
    keys: secure.keys,
    identity: store.identity,
    node: randomHex(random, 16),
    network: secure.network,
    tracker,
  })
  const labels = new Labels({ self, store, presence })
  const routes = new Routes()
  const hush = new Hush({ clock, store, self, routes })
  const events = new Events(store, labels, hush, options.onEvent)
  const channels = new Channels(presence)
  const membership = new Membership({
    ...{ store, self, channels, labels },
    onChange: (change) => {
      gathering.changed(change)
    },
  })
  const entrances = new Entrances({
    ...{ membership, self },
    onLeft: (epoch, key) => {
      steward.heardThatLeft(epoch, key)
    },
  })
  const [quotas, counters] = [new Quotas(clock), new Counters()]
  const onFailed = (): void => {
    counters.count('refused.handshake')
  }
  const door = new SecureDoor({ self: secure, clock, onFailed })

  const secured = { ...options.client, ...securedBy(secure), admit: entrances.admit }
  const client = new PeerClient(network.client(secured), hush, routes)
  const identities = new Identities(store)
  const profiles = new Profiles(client, routes, events)
  const hello = new HelloService(self, channels, profiles, keptSuccessions(store))
  const helloClient = new HelloClient({ client, hello, self })
  const predecessors = new Predecessors({ store, presence, identities, events, hush })
  const people = { clock, store, self, channels, presence, events, routes, profiles, identities, hush }
  const verification = new Verification(people)
  const book = new ContactBook({ store, presence, labels, verification })
  const names = new NameNews({ ...people, labels, verification })
  const successions = new Successions({ ...people, labels })
  const contacts = new Contacts({ ...people, predecessors, names, successions, hello: helloClient })
  const vetting = new Vetting(client, presence, contacts, addresses)
  const directory = new Directory({ presence, store, routes, labels, self })
  const discovery = new Discovery({ presence, channels, clock, events, contacts, routes, vetting })
  const arrivals = new Arrivals({ client, clock, presence, discovery, vetting, contacts })
  const greetings = new Greetings(self, hello, arrivals, hush)
  const manual = new ManualSource({ addresses, clock, hello: helloClient, self, discovery, events })
  const exchange = new PeerExchange({ client, clock, presence, hello: helloClient, self, discovery })
  const isClosed = secure.network !== undefined
  // LSNP announces names and channels to every host.
  const lan =
    options.lan === undefined || isClosed
      ? undefined
      : new LanLink({ ...options.lan, clock, random, self, channels, presence })

  const gathering = new Gathering({ ...people, client, labels, contacts, membership, entrances })
  const steward = new Steward({
    ...{ client, clock, random: secure.random, self, labels, events, hush, membership, gathering },
  })
  const http = new HttpTransport(client, routes, clock, entrances)
  const transport = new PeerTransport({ http, vetting, lan, hush, entrances })
  const delivery = new Delivery({ transport, clock, random, events, store, giveUp: options.giveUp })
  const ignoreLists = new IgnoreLists({ hush, store, self, labels })
  const shared = { clock, random, store, self, channels, presence, events, delivery, membership, entrances }
  const signer = new Signer({ ...shared, client, routes })
  const outgoing = new Outgoing({ ...shared, signer, hush })
  const outbox = new Outbox({ ...shared, signer })
  const isBetweenWorlds = tracker !== undefined && options.lan !== undefined
  const relay = new Relay({ presence, channels, delivery, hush, isBetweenWorlds })
  const hearsay = new Hearsay()
  const signatures = new Signatures({ store, relay, self })
  const inbox = new Inbox({
    ...shared,
    relay,
    hearsay,
    vetting,
    arrivals,
    exchange,
    routes,
    signatures,
    identities,
    hush,
    floods: new Floods(events, labels),
  })
  const sync = new HistorySync({ ...shared, client, inbox, quotas, vetting, routes, lan })
  const history = new HistoryService({ ...shared, hearsay, sync, hush })
  const marks = new ReadMarks(store, clock)
  const joins = new Joins({ channels, steward, discovery, events, lan })

  if (lan !== undefined)
    discovery.add(
      new LanSource({ ...shared, link: lan, network, discovery, hello: helloClient, inbox, profiles }),
    )
  if (options.lan !== undefined && secure.datagrams !== undefined)
    discovery.add(
      new BeaconSource({
        ...{ lan: options.lan, seal: secure.datagrams, clock, self, hello: helloClient },
        ...{ routes, discovery, events },
      }),
    )
  if (tracker !== undefined)
    discovery.add(new TrackerSource({ ...shared, address: tracker, client, discovery }))
  discovery.add(manual)
  discovery.add(exchange)

  const server = new PeerServer({ ...shared, hush, options, network, quotas, counters })
  features.push(door, contacts, hush, arrivals, vetting, outgoing, signer, sync, discovery, outbox)
  features.push({ routes: messageRoutes({ inbox, history, store, quotas, counters, signatures, entrances }) })
  features.push(gathering, {
    routes: closedRoutes({ membership, entrances, gathering, steward, quotas, hush, store }),
  })
  features.push({ routes: helloRoutes(greetings, quotas) })
  features.push({ routes: profileRoutes(profiles) })
  features.push({
    routes: selfRoutes(new ReachCheck(network, clock, isClosed ? securedBy(secure) : {}), quotas),
  })
  features.push(
    {
      stop: () => {
        client.close()
      },
    },
    server,
  )

  return {
    ...shared,
    features,
    labels,
    routes,
    predecessors,
    directory,
    verification,
    names,
    book,
    discovery,
    joins,
    lan,
    isClosed,
    outgoing,
    outbox,
    marks,
    hush,
    ignoreLists,
    steward,
    profiles,
    server,
  }
}
