/**
 * Datagrams as they are on the wire, with the message in each: those of the protocol's description, in both
 * dialects, and those in which real programs differ from it.
 */
import type { Dialect, LsnpMessage } from '../../../src/udp/lsnp/codec.ts'

export interface Sample {
  readonly name: string
  readonly datagram: string
  readonly dialect: Dialect
  readonly message: LsnpMessage
}

const mai = 'mai@10.77.0.11'
const zed = 'zed@10.77.0.12'

function sample(name: string, message: LsnpMessage, datagram: string): Sample {
  const isRfc = /^type: /im.test(datagram)
  const isSeed = /^type:[^ ]/im.test(datagram)
  return { name, datagram, dialect: isRfc ? (isSeed ? 'polyglot' : 'rfc') : 'seed', message }
}

/** Well-formed: encode(message, dialect) gives exactly these bytes. */
export const EXAMPLES: readonly Sample[] = [
  sample(
    'PROFILE',
    { type: 'PROFILE', userId: mai, displayName: 'Mai', status: 'in the lab' },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: in the lab\n\n',
  ),
  sample(
    'PROFILE with a picture',
    {
      type: 'PROFILE',
      userId: mai,
      displayName: 'Mai',
      status: 'new hat',
      avatar: { type: 'image/png', encoding: 'base64', data: 'iVBORw0KGgo=' },
    },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: new hat\nAVATAR_TYPE: image/png\nAVATAR_ENCODING: base64\nAVATAR_DATA: iVBORw0KGgo=\n\n',
  ),
  sample(
    'PROFILE of the seed',
    {
      type: 'PROFILE',
      userId: mai,
      displayName: 'Mai',
      status: 'hi',
      timestamp: 1795303963,
      messageId: '85733806c90be961',
    },
    'TYPE:PROFILE\nUSER_ID:mai@10.77.0.11\nDISPLAY_NAME:Mai\nSTATUS:hi\nTIMESTAMP:1795303963\nMESSAGE_ID:85733806c90be961\n\n',
  ),
  sample(
    'PROFILE of a Parley peer',
    {
      type: 'PROFILE',
      userId: mai,
      displayName: 'Mai',
      status: '',
      port: 50999,
      app: 'parley/0.1',
      node: '00112233445566ff',
      httpPort: 8000,
      channels: ['general', 'ops'],
      avatarHash: '5f'.repeat(32),
    },
    `TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: \nPORT: 50999\nAPP: parley/0.1\nNODE: 00112233445566ff\nHTTP_PORT: 8000\nCHANNELS: general,ops\nAVATAR_HASH: ${'5f'.repeat(32)}\n\n`,
  ),
  sample('PING', { type: 'PING', userId: mai }, 'TYPE: PING\nUSER_ID: mai@10.77.0.11\n\n'),
  sample(
    'PING of the later legacy client',
    { type: 'PING', userId: mai, timestamp: 1795303970, port: 8604, messageId: 'df0af5b3d7db72fd' },
    'TYPE:PING\nUSER_ID:mai@10.77.0.11\nTIMESTAMP:1795303970\nPORT:8604\nMESSAGE_ID:df0af5b3d7db72fd\n\n',
  ),
  sample(
    'PING as a goodbye',
    { type: 'PING', userId: mai, app: 'parley/0.1', leaving: true },
    'TYPE: PING\nUSER_ID: mai@10.77.0.11\nAPP: parley/0.1\nLEAVING: yes\n\n',
  ),
  sample(
    'PING that wants no answer',
    { type: 'PING', userId: mai, app: 'parley/0.1', reply: false },
    'TYPE: PING\nUSER_ID: mai@10.77.0.11\nAPP: parley/0.1\nREPLY: no\n\n',
  ),
  sample(
    'POST',
    {
      type: 'POST',
      userId: mai,
      content: 'demo at 3: room 204',
      ttl: 3600,
      timestamp: 1795304253,
      messageId: '9f0c3a55d1e27b48',
      token: 'mai@10.77.0.11|1795307853|broadcast',
    },
    'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: demo at 3: room 204\nTTL: 3600\nTIMESTAMP: 1795304253\nMESSAGE_ID: 9f0c3a55d1e27b48\nTOKEN: mai@10.77.0.11|1795307853|broadcast\n\n',
  ),
  sample(
    'POST of the seed',
    {
      type: 'POST',
      userId: mai,
      content: 'Hello: all',
      timestamp: 1795303958,
      messageId: '1f91af82a95e8684',
    },
    'TYPE:POST\nUSER_ID:mai@10.77.0.11\nCONTENT:Hello: all\nTIMESTAMP:1795303958\nMESSAGE_ID:1f91af82a95e8684\n\n',
  ),
  sample(
    'DM',
    {
      type: 'DM',
      from: mai,
      to: zed,
      content: 'coffee?',
      timestamp: 1795304252,
      messageId: '2349ac46cebe807e',
      token: 'mai@10.77.0.11|1795307852|chat',
    },
    'TYPE: DM\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nCONTENT: coffee?\nTIMESTAMP: 1795304252\nMESSAGE_ID: 2349ac46cebe807e\nTOKEN: mai@10.77.0.11|1795307852|chat\n\n',
  ),
  sample(
    'DM of the seed',
    {
      type: 'DM',
      from: mai,
      to: zed,
      content: 'coffee?',
      timestamp: 1795303959,
      messageId: '25aad9a72f6c7a2c',
    },
    'TYPE:DM\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nCONTENT:coffee?\nTIMESTAMP:1795303959\nMESSAGE_ID:25aad9a72f6c7a2c\n\n',
  ),
  sample(
    'ACK',
    { type: 'ACK', messageId: '2349ac46cebe807e', status: 'RECEIVED' },
    'TYPE: ACK\nMESSAGE_ID: 2349ac46cebe807e\nSTATUS: RECEIVED\n\n',
  ),
  sample(
    'ACK of a chunk, by xandrei',
    { type: 'ACK', messageId: '00000000000000c1_chunk_0', status: 'RECEIVED' },
    'TYPE: ACK\nMESSAGE_ID: 00000000000000c1_chunk_0\nSTATUS: RECEIVED\n\n',
  ),
  sample(
    'FOLLOW',
    {
      type: 'FOLLOW',
      messageId: '4e0119ece7136560',
      from: mai,
      to: zed,
      timestamp: 1795304665,
      token: 'mai@10.77.0.11|1795308265|follow',
    },
    'TYPE: FOLLOW\nMESSAGE_ID: 4e0119ece7136560\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nTIMESTAMP: 1795304665\nTOKEN: mai@10.77.0.11|1795308265|follow\n\n',
  ),
  sample(
    'UNFOLLOW',
    {
      type: 'UNFOLLOW',
      messageId: '4e0119ece7136561',
      from: mai,
      to: zed,
      timestamp: 1795304700,
      token: 'mai@10.77.0.11|1795308300|follow',
    },
    'TYPE: UNFOLLOW\nMESSAGE_ID: 4e0119ece7136561\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nTIMESTAMP: 1795304700\nTOKEN: mai@10.77.0.11|1795308300|follow\n\n',
  ),
  sample(
    'FOLLOW_RESPONSE of the later legacy client',
    {
      type: 'FOLLOW_RESPONSE',
      from: zed,
      to: mai,
      accepted: true,
      timestamp: 1795304666,
      messageId: '4e0119ece7136562',
    },
    'TYPE:FOLLOW_RESPONSE\nFROM:zed@10.77.0.12\nTO:mai@10.77.0.11\nSTATUS:true\nTIMESTAMP:1795304666\nMESSAGE_ID:4e0119ece7136562\n\n',
  ),
  sample(
    'UNFOLLOW_RESPONSE of the later legacy client',
    {
      type: 'UNFOLLOW_RESPONSE',
      from: zed,
      to: mai,
      accepted: false,
      timestamp: 1795304701,
      messageId: '4e0119ece7136563',
    },
    'TYPE:UNFOLLOW_RESPONSE\nFROM:zed@10.77.0.12\nTO:mai@10.77.0.11\nSTATUS:false\nTIMESTAMP:1795304701\nMESSAGE_ID:4e0119ece7136563\n\n',
  ),
  sample(
    'LIKE',
    {
      type: 'LIKE',
      from: zed,
      to: mai,
      postTimestamp: 1795304253,
      action: 'LIKE',
      timestamp: 1795304300,
      token: 'zed@10.77.0.12|1795307900|broadcast',
    },
    'TYPE: LIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 1795304253\nACTION: LIKE\nTIMESTAMP: 1795304300\nTOKEN: zed@10.77.0.12|1795307900|broadcast\n\n',
  ),
  sample(
    'LIKE taken back',
    {
      type: 'LIKE',
      from: zed,
      to: mai,
      postTimestamp: 1795304253,
      action: 'UNLIKE',
      timestamp: 1795304310,
      token: 'zed@10.77.0.12|1795307910|broadcast',
    },
    'TYPE: LIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 1795304253\nACTION: UNLIKE\nTIMESTAMP: 1795304310\nTOKEN: zed@10.77.0.12|1795307910|broadcast\n\n',
  ),
  sample(
    'FILE_OFFER',
    {
      type: 'FILE_OFFER',
      from: mai,
      to: zed,
      fileName: 'notes.txt',
      fileSize: 2048,
      fileType: 'text/plain',
      fileId: '77aa01c4d2e6b900',
      description: 'lab notes',
      timestamp: 1795304400,
      token: 'mai@10.77.0.11|1795308000|file',
    },
    'TYPE: FILE_OFFER\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nFILENAME: notes.txt\nFILESIZE: 2048\nFILETYPE: text/plain\nFILEID: 77aa01c4d2e6b900\nDESCRIPTION: lab notes\nTIMESTAMP: 1795304400\nTOKEN: mai@10.77.0.11|1795308000|file\n\n',
  ),
  sample(
    'FILE_CHUNK',
    {
      type: 'FILE_CHUNK',
      from: mai,
      to: zed,
      fileId: '77aa01c4d2e6b900',
      chunkIndex: 0,
      totalChunks: 3,
      chunkSize: 768,
      token: 'mai@10.77.0.11|1795308000|file',
      data: 'bGFiIG5vdGVz',
    },
    'TYPE: FILE_CHUNK\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nFILEID: 77aa01c4d2e6b900\nCHUNK_INDEX: 0\nTOTAL_CHUNKS: 3\nCHUNK_SIZE: 768\nTOKEN: mai@10.77.0.11|1795308000|file\nDATA: bGFiIG5vdGVz\n\n',
  ),
  sample(
    'FILE_RECEIVED',
    {
      type: 'FILE_RECEIVED',
      from: zed,
      to: mai,
      fileId: '77aa01c4d2e6b900',
      status: 'COMPLETE',
      timestamp: 1795304410,
    },
    'TYPE: FILE_RECEIVED\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nFILEID: 77aa01c4d2e6b900\nSTATUS: COMPLETE\nTIMESTAMP: 1795304410\n\n',
  ),
  ...(['FILE_ACCEPT', 'FILE_ACCEPTED', 'FILE_REJECT', 'FILE_IGNORED'] as const).map((type) =>
    sample(
      type,
      { type, from: zed, to: mai, fileId: '77aa01c4d2e6b900', timestamp: 1795304401 },
      `TYPE: ${type}\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nFILEID: 77aa01c4d2e6b900\nTIMESTAMP: 1795304401\n\n`,
    ),
  ),
  sample(
    'REVOKE',
    { type: 'REVOKE', token: 'mai@10.77.0.11|1795307852|chat' },
    'TYPE: REVOKE\nTOKEN: mai@10.77.0.11|1795307852|chat\n\n',
  ),
  sample(
    'REVOKE of the later legacy client: I leave',
    { type: 'REVOKE', userId: mai, timestamp: 1795303982, messageId: 'a25058cafa4c061d' },
    'TYPE:REVOKE\nUSER_ID:mai@10.77.0.11\nTIMESTAMP:1795303982\nMESSAGE_ID:a25058cafa4c061d\n\n',
  ),
  sample(
    'GROUP_CREATE',
    {
      type: 'GROUP_CREATE',
      from: mai,
      groupId: 'lab204',
      groupName: 'Lab 204',
      members: [mai, zed],
      timestamp: 1795304253,
      token: 'mai@10.77.0.11|1795307853|group',
    },
    'TYPE: GROUP_CREATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nGROUP_NAME: Lab 204\nMEMBERS: mai@10.77.0.11,zed@10.77.0.12\nTIMESTAMP: 1795304253\nTOKEN: mai@10.77.0.11|1795307853|group\n\n',
  ),
  sample(
    'GROUP_CREATE_ACK of mbchavez27',
    {
      type: 'GROUP_CREATE_ACK',
      groupName: 'Lab 204',
      from: zed,
      to: mai,
    },
    'TYPE:GROUP_CREATE_ACK\nGROUP_NAME:Lab 204\nFROM:zed@10.77.0.12\nTO:mai@10.77.0.11\n\n',
  ),
  sample(
    'GROUP_UPDATE',
    {
      type: 'GROUP_UPDATE',
      from: mai,
      groupId: 'lab204',
      add: ['eve@10.77.0.13'],
      timestamp: 1795304290,
      token: 'mai@10.77.0.11|1795307890|group',
    },
    'TYPE: GROUP_UPDATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nADD: eve@10.77.0.13\nTIMESTAMP: 1795304290\nTOKEN: mai@10.77.0.11|1795307890|group\n\n',
  ),
  sample(
    'GROUP_MESSAGE',
    {
      type: 'GROUP_MESSAGE',
      from: zed,
      groupId: 'lab204',
      content: 'slides are up',
      timestamp: 1795304300,
      token: 'zed@10.77.0.12|1795307900|group',
    },
    'TYPE: GROUP_MESSAGE\nFROM: zed@10.77.0.12\nGROUP_ID: lab204\nCONTENT: slides are up\nTIMESTAMP: 1795304300\nTOKEN: zed@10.77.0.12|1795307900|group\n\n',
  ),
  sample(
    'TICTACTOE_INVITE',
    {
      type: 'TICTACTOE_INVITE',
      from: mai,
      to: zed,
      gameId: 'g42',
      messageId: '00ab12cd34ef5601',
      symbol: 'X',
      timestamp: 1795304254,
      token: 'mai@10.77.0.11|1795307854|game',
    },
    'TYPE: TICTACTOE_INVITE\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nGAMEID: g42\nMESSAGE_ID: 00ab12cd34ef5601\nSYMBOL: X\nTIMESTAMP: 1795304254\nTOKEN: mai@10.77.0.11|1795307854|game\n\n',
  ),
  sample(
    'TICTACTOE_MOVE',
    {
      type: 'TICTACTOE_MOVE',
      from: mai,
      to: zed,
      gameId: 'g42',
      messageId: '00ab12cd34ef5602',
      position: 4,
      symbol: 'X',
      turn: 1,
      token: 'mai@10.77.0.11|1795307854|game',
    },
    'TYPE: TICTACTOE_MOVE\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nGAMEID: g42\nMESSAGE_ID: 00ab12cd34ef5602\nPOSITION: 4\nSYMBOL: X\nTURN: 1\nTOKEN: mai@10.77.0.11|1795307854|game\n\n',
  ),
  sample(
    'TICTACTOE_RESULT',
    {
      type: 'TICTACTOE_RESULT',
      from: mai,
      to: zed,
      gameId: 'g42',
      messageId: '00ab12cd34ef5607',
      result: 'WIN',
      symbol: 'X',
      winningLine: [0, 4, 8],
      timestamp: 1795304390,
    },
    'TYPE: TICTACTOE_RESULT\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nGAMEID: g42\nMESSAGE_ID: 00ab12cd34ef5607\nRESULT: WIN\nSYMBOL: X\nWINNING_LINE: 0,4,8\nTIMESTAMP: 1795304390\n\n',
  ),
  sample(
    'PEER_DISCOVERY',
    {
      type: 'PEER_DISCOVERY',
      userId: mai,
      port: 50999,
      timestamp: 1795303957,
      messageId: '00aa00aa00aa00aa',
    },
    'TYPE:PEER_DISCOVERY\nUSER_ID:mai@10.77.0.11\nPORT:50999\nTIMESTAMP:1795303957\nMESSAGE_ID:00aa00aa00aa00aa\n\n',
  ),
  sample(
    'PEER_LIST_REQUEST',
    { type: 'PEER_LIST_REQUEST', from: mai, timestamp: 1795303960, messageId: '00aa00aa00aa00ab' },
    'TYPE:PEER_LIST_REQUEST\nFROM:mai@10.77.0.11\nTIMESTAMP:1795303960\nMESSAGE_ID:00aa00aa00aa00ab\n\n',
  ),
  sample(
    'PEER_LIST_RESPONSE',
    {
      type: 'PEER_LIST_RESPONSE',
      from: zed,
      peers: [mai],
      count: 1,
      timestamp: 1795303960,
      messageId: '6712cf53f82aa310',
    },
    'TYPE:PEER_LIST_RESPONSE\nFROM:zed@10.77.0.12\nPEERS:["mai@10.77.0.11"]\nCOUNT:1\nTIMESTAMP:1795303960\nMESSAGE_ID:6712cf53f82aa310\n\n',
  ),
]

const profile = { type: 'PROFILE', userId: mai, displayName: 'Mai', status: 'hi' } as const
const direct = { type: 'DM', from: mai, to: zed, content: 'coffee?' } as const
const game = { from: mai, to: zed, gameId: 'g42' } as const
const GAME_LINES = 'FROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nGAMEID: g42\n'
const DM_LINES = 'TYPE: DM\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nCONTENT: coffee?\n'

/** Not as the description has it, but as real programs (named) send it: read, never written. */
export const DIVERGENCES: readonly Sample[] = [
  // framing
  sample(
    'zxmglng: four line feeds at the end',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\n\n\n\n',
  ),
  sample(
    'mbchavez27: DM with an indented line at the end and no empty one',
    { ...direct, token: 'mai@10.77.0.11|1795307852|chat' },
    `${DM_LINES}TOKEN: mai@10.77.0.11|1795307852|chat\n    \n`,
  ),
  sample(
    'mbchavez27: ACK without an empty line',
    { type: 'ACK', messageId: '2349ac46', status: 'RECEIVED' },
    'TYPE: ACK\nMESSAGE_ID: 2349ac46\nSTATUS: RECEIVED',
  ),
  sample('CRLF', { ...direct, timestamp: 5 }, `${DM_LINES}TIMESTAMP: 5\n\n`.replaceAll('\n', '\r\n')),
  sample(
    'keys in lower case',
    { ...direct },
    DM_LINES.replace(/^[A-Z]+/gm, (key) => key.toLowerCase()),
  ),
  sample('TYPE not in the first line', { ...direct }, `${DM_LINES.replace('TYPE: DM\n', '')}TYPE: DM\n\n`),
  // ids, times
  sample(
    'the RFC itself: an id of 8 digits',
    { ...direct, messageId: 'f83d2b1d' },
    `${DM_LINES}MESSAGE_ID: f83d2b1d\n\n`,
  ),
  sample(
    'elkumo: an id of 11 digits',
    { ...direct, messageId: 'f1795304067' },
    `${DM_LINES}MESSAGE_ID: f1795304067\n\n`,
  ),
  sample(
    'threnris: an id of 15 digits',
    { ...direct, messageId: '349ac46cebe807e' },
    `${DM_LINES}MESSAGE_ID: 349ac46cebe807e\n\n`,
  ),
  sample(
    'imaginarylogs: a UUID',
    { ...direct, messageId: 'c36bb0b2-1f4e-4c0a-9a5e-0d9a4c1b7d11' },
    `${DM_LINES}MESSAGE_ID: c36bb0b2-1f4e-4c0a-9a5e-0d9a4c1b7d11\n\n`,
  ),
  sample(
    'xandrei: fractions of seconds, also in the token',
    { ...direct, timestamp: 1795304156.937183, token: 'mai@10.77.0.11|1795304216.937183|chat' },
    `${DM_LINES}TIMESTAMP: 1795304156.937183\nTOKEN: mai@10.77.0.11|1795304216.937183|chat\n\n`,
  ),
  sample(
    'the RFC itself: a host that is no address',
    { type: 'PING', userId: 'charlie@device888' },
    'TYPE: PING\nUSER_ID: charlie@device888\n\n',
  ),
  sample(
    'a PING for programs of the RFC, a PEER_DISCOVERY for legacy clients',
    { type: 'PING', userId: mai, port: 8123, timestamp: 1_795_303_957, messageId: '00aa00aa00aa00aa' },
    'TYPE: PING\nUSER_ID: mai@10.77.0.11\nPORT: 8123\n' +
      'TYPE:PEER_DISCOVERY\nUSER_ID:mai@10.77.0.11\nPORT:8123\nTIMESTAMP:1795303957\nMESSAGE_ID:00aa00aa00aa00aa\n\n',
  ),
  // PROFILE
  sample(
    'imaginarylogs: PROFILE without STATUS',
    { type: 'PROFILE', userId: mai, displayName: 'Mai', status: '', timestamp: 5, messageId: 'a1' },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nTIMESTAMP: 5\nMESSAGE_ID: a1\n\n',
  ),
  sample(
    'pribbled: keys without a value',
    { type: 'PROFILE', userId: mai, displayName: 'mai', status: '' },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: \nSTATUS: \nAVATAR_TYPE: \nAVATAR_ENCODING: \nAVATAR_DATA: \n\n',
  ),
  sample(
    'PROFILE with nothing but the user',
    { type: 'PROFILE', userId: mai, displayName: 'mai', status: '' },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\n\n',
  ),
  sample(
    'zxmglng: a picture of None',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: None\nAVATAR_ENCODING: base64\nAVATAR_DATA: None\n\n',
  ),
  sample(
    'xandrei: a picture of characters',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: text\nAVATAR_ENCODING: utf-8\nAVATAR_DATA: (o_o)\n\n',
  ),
  sample(
    'pribbled: a picture in hex',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: text/emoji\nAVATAR_ENCODING: utf-8\nAVATAR_DATA: f09f9880\n\n',
  ),
  sample(
    'pribbled: a compressed picture',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: image/png\nAVATAR_ENCODING: zlib+base64\nAVATAR_DATA: eJwDAAAAAAE=\n\n',
  ),
  sample(
    'a picture without its type',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_ENCODING: base64\nAVATAR_DATA: AAAA\n\n',
  ),
  sample(
    'a picture without its data',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: image/png\nAVATAR_ENCODING: base64\n\n',
  ),
  sample(
    'a picture that is no base64',
    { ...profile },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAVATAR_TYPE: image/png\nAVATAR_ENCODING: base64\nAVATAR_DATA: iVBORw0KGgo...\n\n',
  ),
  sample(
    'keys of a Parley peer with another meaning',
    { ...profile, app: 'other' },
    'TYPE: PROFILE\nUSER_ID: mai@10.77.0.11\nDISPLAY_NAME: Mai\nSTATUS: hi\nAPP: other\nNODE: kitchen\nPORT: none\nHTTP_PORT: 65536\nAVATAR_HASH: 00\nLEAVING: no\nREPLY: yes\n\n',
  ),
  // POST, DM
  sample(
    'elkumo, threnris: POST without TIMESTAMP, which follows from the token',
    {
      type: 'POST',
      userId: mai,
      content: 'hi',
      ttl: 3600,
      timestamp: 1795304253,
      messageId: '9f0c3a55d1e27b48',
      token: 'mai@10.77.0.11|1795307853|broadcast',
    },
    'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: hi\nTTL: 3600\nMESSAGE_ID: 9f0c3a55d1e27b48\nTOKEN: mai@10.77.0.11|1795307853|broadcast\n\n',
  ),
  sample(
    'POST without TIMESTAMP, TTL, MESSAGE_ID, TOKEN',
    { type: 'POST', userId: mai, content: 'hi' },
    'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: hi\n\n',
  ),
  sample(
    'POST without TIMESTAMP and TTL',
    { type: 'POST', userId: mai, content: 'hi', token: 'mai@10.77.0.11|5000|broadcast' },
    'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: hi\nTOKEN: mai@10.77.0.11|5000|broadcast\n\n',
  ),
  sample(
    'POST without TIMESTAMP whose token was made before 1970',
    { type: 'POST', userId: mai, content: 'hi', ttl: 6000, token: 'mai@10.77.0.11|5000|broadcast' },
    'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: hi\nTTL: 6000\nTOKEN: mai@10.77.0.11|5000|broadcast\n\n',
  ),
  sample(
    'xandrei: a picture in a DM',
    { ...direct },
    `${DM_LINES}AVATAR_TYPE: text\nAVATAR_ENCODING: utf-8\nAVATAR_DATA: (o_o)\n\n`,
  ),
  // FOLLOW, LIKE
  sample(
    'threnris: FOLLOW with USER_ID and TARGET_USER_ID',
    { type: 'FOLLOW', from: mai, to: zed, timestamp: 5 },
    'TYPE: FOLLOW\nUSER_ID: mai@10.77.0.11\nTARGET_USER_ID: zed@10.77.0.12\nTIMESTAMP: 5\n\n',
  ),
  sample(
    'threnris: UNFOLLOW with USER_ID and TARGET_USER_ID',
    { type: 'UNFOLLOW', from: mai, to: zed, timestamp: 5 },
    'TYPE: UNFOLLOW\nUSER_ID: mai@10.77.0.11\nTARGET_USER_ID: zed@10.77.0.12\nTIMESTAMP: 5\n\n',
  ),
  sample(
    'zxmglng: type UNLIKE',
    { type: 'LIKE', from: zed, to: mai, postTimestamp: 1795304253, action: 'UNLIKE', timestamp: 5 },
    'TYPE: UNLIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 1795304253\nACTION: UNLIKE\nTIMESTAMP: 5\n\n\n\n',
  ),
  sample(
    'type UNLIKE without an action',
    { type: 'LIKE', from: zed, to: mai, postTimestamp: 5, action: 'UNLIKE' },
    'TYPE: UNLIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 5\n\n',
  ),
  sample(
    'LIKE without an action',
    { type: 'LIKE', from: zed, to: mai, postTimestamp: 5, action: 'LIKE' },
    'TYPE: LIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 5\n\n',
  ),
  sample(
    'threnris: LIKE with an id',
    { type: 'LIKE', from: zed, to: mai, postTimestamp: 5, action: 'LIKE', messageId: '349ac46cebe807e' },
    'TYPE: LIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nPOST_TIMESTAMP: 5\nACTION: LIKE\nMESSAGE_ID: 349ac46cebe807e\n\n',
  ),
  // files
  sample(
    'mbchavez27: FILE_OFFER, the name is the id',
    {
      type: 'FILE_OFFER',
      from: mai,
      to: zed,
      fileName: 'notes.txt',
      fileSize: 12,
      fileId: 'notes.txt',
      description: '',
      totalChunks: 1,
      token: 'mai@10.77.0.11|5|file',
    },
    'TYPE:FILE_OFFER\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nFILENAME:notes.txt\nFILESIZE:12\nCHUNKS:1\nTOKEN:mai@10.77.0.11|5|file\n\n',
  ),
  sample(
    'mbchavez27: FILE_CHUNK',
    {
      type: 'FILE_CHUNK',
      from: mai,
      to: zed,
      fileId: 'notes.txt',
      chunkIndex: 0,
      totalChunks: 1,
      data: 'aGVsbG8gTFNOUAo=',
      token: 'mai@10.77.0.11|5|file',
    },
    'TYPE:FILE_CHUNK\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nFILENAME:notes.txt\nCHUNK_INDEX:0\nCHUNK_TOTAL:1\nDATA:aGVsbG8gTFNOUAo=\nTOKEN:mai@10.77.0.11|5|file\n\n',
  ),
  sample(
    'mbchavez27: FILE_RECEIVED',
    { type: 'FILE_RECEIVED', from: zed, to: mai, fileId: 'notes.txt', status: 'SUCCESS' },
    'TYPE:FILE_RECEIVED\nFROM:zed@10.77.0.12\nTO:mai@10.77.0.11\nFILENAME:notes.txt\nSTATUS:SUCCESS\nTOKEN:mai@10.77.0.11|5|file\n\n',
  ),
  sample(
    'zxmglng: FILE_OFFER without a recipient',
    {
      type: 'FILE_OFFER',
      from: mai,
      fileName: 'notes.txt',
      fileSize: 2048,
      fileId: 'mai@10.77.0.11-1795304400',
      description: '',
      totalChunks: 2,
    },
    'TYPE: FILE_OFFER\nFROM: mai@10.77.0.11\nFILE_ID: mai@10.77.0.11-1795304400\nFILENAME: notes.txt\nFILE_SIZE: 2048\nCHUNKS: 2\n\n\n\n',
  ),
  sample(
    'zxmglng: FILE_CHUNK without a sender',
    { type: 'FILE_CHUNK', fileId: 'mai@10.77.0.11-1795304400', chunkIndex: 1, data: 'AAAA' },
    'TYPE: FILE_CHUNK\nFILE_ID: mai@10.77.0.11-1795304400\nCHUNK_NUM: 1\nDATA: AAAA\n\n\n\n',
  ),
  sample(
    'zxmglng: FILE_RECEIVED without a status',
    {
      type: 'FILE_RECEIVED',
      from: zed,
      to: mai,
      fileId: 'mai@10.77.0.11-1795304400',
      status: 'COMPLETE',
    },
    'TYPE: FILE_RECEIVED\nFILE_ID: mai@10.77.0.11-1795304400\nTO: mai@10.77.0.11\nFROM: zed@10.77.0.12\n\n\n\n',
  ),
  sample(
    'later legacy client: FILE_OFFER with keys of its own',
    {
      type: 'FILE_OFFER',
      fileName: 'notes.txt',
      fileSize: 2048,
      fileType: 'text/plain',
      fileId: 'f1',
      description: 'lab notes',
    },
    'TYPE:FILE_OFFER\ntransfer_id:f1\nfilename:notes.txt\nfile_size:2048\nfile_type:text/plain\ndescription:lab notes\nsender_name:Mai\n\n',
  ),
  sample(
    'later legacy client: FILE_CHUNK with keys of its own',
    { type: 'FILE_CHUNK', fileId: 'f1', chunkIndex: 0, totalChunks: 1, data: 'AAAA' },
    'TYPE:FILE_CHUNK\ntransfer_id:f1\nchunk_number:0\ntotal_chunks:1\nchunk_data:AAAA\n\n',
  ),
  sample(
    'later legacy client: FILE_ACCEPT with keys of its own',
    { type: 'FILE_ACCEPT', fileId: 'f1' },
    'TYPE:FILE_ACCEPT\ntransfer_id:f1\nreceiver_name:Zed\n\n',
  ),
  sample(
    'threnris: CHUNK_SIZE counts the base64',
    { type: 'FILE_CHUNK', from: mai, to: zed, fileId: 'f1', chunkIndex: 2, chunkSize: 4, data: 'AAAA' },
    'TYPE: FILE_CHUNK\nFROM: mai@10.77.0.11\nTO: zed@10.77.0.12\nFILEID: f1\nCHUNK_INDEX: 2\nCHUNK_SIZE: 4\nDATA: AAAA\n\n',
  ),
  // groups
  sample(
    'mbchavez27: GROUP_CREATE_ACK with nothing but the group',
    { type: 'GROUP_CREATE_ACK', groupName: 'Lab 204' },
    'TYPE:GROUP_CREATE_ACK\nGROUP_NAME:Lab 204\nFROM:mb\n\n',
  ),
  sample(
    'imaginarylogs: type GROUP_ADD, with all members',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'lab204', add: ['eve@10.77.0.13'], timestamp: 5 },
    'TYPE: GROUP_ADD\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nGROUP_NAME: Lab 204\nADD: eve@10.77.0.13\nMEMBERS: zed@10.77.0.12,eve@10.77.0.13\nTIMESTAMP: 5\n',
  ),
  sample(
    'imaginarylogs: type GROUP_REMOVE',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'lab204', remove: [zed], timestamp: 5 },
    'TYPE: GROUP_REMOVE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nREMOVE: zed@10.77.0.12\nTIMESTAMP: 5\n',
  ),
  sample(
    'mbchavez27: GROUP_CREATE, the name is the id',
    { type: 'GROUP_CREATE', from: mai, groupId: 'Lab 204', groupName: 'Lab 204', members: [zed] },
    'TYPE:GROUP_CREATE\nFROM:mai@10.77.0.11\nGROUP_NAME:Lab 204\nMEMBERS:zed@10.77.0.12\n\n',
  ),
  sample(
    'GROUP_CREATE without a name and without members',
    { type: 'GROUP_CREATE', from: mai, groupId: 'lab204', groupName: 'lab204', members: [] },
    'TYPE: GROUP_CREATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\n\n',
  ),
  sample(
    'members with blanks between them, some of them invalid',
    { type: 'GROUP_CREATE', from: mai, groupId: 'lab204', groupName: 'Lab 204', members: [mai, zed] },
    'TYPE: GROUP_CREATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nGROUP_NAME: Lab 204\nMEMBERS: mai@10.77.0.11 , zed@10.77.0.12,, eve\n\n',
  ),
  sample(
    'imaginarylogs: GROUP_UPDATE with GROUP_ADD and GROUP_REMOVE',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'lab204', add: ['eve@10.77.0.13'], remove: [zed] },
    'TYPE: GROUP_UPDATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nGROUP_ADD: eve@10.77.0.13\nGROUP_REMOVE: zed@10.77.0.12\n\n',
  ),
  sample(
    'mbchavez27: GROUP_UPDATE that adds',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'Lab 204', add: ['eve@10.77.0.13'] },
    'TYPE:GROUP_UPDATE\nFROM:mai@10.77.0.11\nGROUP_NAME:Lab 204\nACTION:ADD\nMEMBERS:eve@10.77.0.13\n\n',
  ),
  sample(
    'mbchavez27: GROUP_UPDATE that removes',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'Lab 204', remove: ['eve@10.77.0.13'] },
    'TYPE:GROUP_UPDATE\nFROM:mai@10.77.0.11\nGROUP_NAME:Lab 204\nACTION:REMOVE\nMEMBERS:eve@10.77.0.13\n\n',
  ),
  sample(
    'later legacy client: GROUP_UPDATE that removes an invalid user id',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'lab204', add: ['eve@10.77.0.13'], timestamp: 5 },
    'TYPE:GROUP_UPDATE\nFROM:mai@10.77.0.11\nGROUP_ID:lab204\nADD:eve@10.77.0.13\nREMOVE:\nTIMESTAMP:5\n\n',
  ),
  sample(
    'GROUP_UPDATE with an entry that is no user id',
    { type: 'GROUP_UPDATE', from: mai, groupId: 'lab204', add: ['eve@10.77.0.13'] },
    'TYPE: GROUP_UPDATE\nFROM: mai@10.77.0.11\nGROUP_ID: lab204\nADD: eve@10.77.0.13\nREMOVE: nobody\n\n',
  ),
  sample(
    'mbchavez27: GROUP_MESSAGE in base64',
    { type: 'GROUP_MESSAGE', from: zed, groupId: 'Lab 204', content: 'grüße', messageId: 'a1' },
    'TYPE:GROUP_MESSAGE\nFROM:zed@10.77.0.12\nGROUP_NAME:Lab 204\nMESSAGE:Z3LDvMOfZQ==\nID:a1\n\n',
  ),
  sample(
    'GROUP_MESSAGE whose MESSAGE is no base64 of a text',
    { type: 'GROUP_MESSAGE', from: zed, groupId: 'Lab 204', content: 'test' },
    'TYPE:GROUP_MESSAGE\nFROM:zed@10.77.0.12\nGROUP_NAME:Lab 204\nMESSAGE:test\n\n',
  ),
  // games
  sample(
    'later legacy client: an invitation with a board',
    { type: 'TICTACTOE_INVITE', ...game, symbol: 'O' },
    'TYPE:TICTACTOE_INVITE\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nGAMEID:g42\nSYMBOL:O\nBOARD:0,1,2,3,4,5,6,7,8\n\n',
  ),
  sample(
    'mbchavez27: a move without its turn and without an empty line',
    { type: 'TICTACTOE_MOVE', ...game, messageId: '2349ac46', position: 4, symbol: 'X', timestamp: 5 },
    `TYPE: TICTACTOE_MOVE\n${GAME_LINES}POSITION: 4\nMESSAGE_ID: 2349ac46\nSYMBOL: X\nTIMESTAMP: 5`,
  ),
  sample(
    'kaom3: turns from 0',
    { type: 'TICTACTOE_MOVE', ...game, position: 0, symbol: 'X', turn: 0 },
    `TYPE: TICTACTOE_MOVE\n${GAME_LINES}POSITION: 0\nSYMBOL: X\nTURN: 0\n\n`,
  ),
  sample(
    'zxmglng: the symbol as the turn',
    { type: 'TICTACTOE_MOVE', ...game, position: 8, symbol: 'O' },
    `TYPE: TICTACTOE_MOVE\n${GAME_LINES}POSITION: 8\nSYMBOL: O\nTURN: O\n\n\n\n`,
  ),
  sample(
    'kaom3: a result with its turn and a token',
    {
      type: 'TICTACTOE_RESULT',
      ...game,
      result: 'LOSS',
      symbol: 'X',
      turn: 5,
      token: 'mai@10.77.0.11|5|game',
    },
    `TYPE: TICTACTOE_RESULT\n${GAME_LINES}RESULT: LOSS\nSYMBOL: X\nTURN: 5\nTOKEN: mai@10.77.0.11|5|game\n\n`,
  ),
  sample(
    'mbchavez27: a draw',
    { type: 'TICTACTOE_RESULT', ...game, result: 'DRAW' },
    `TYPE: TICTACTOE_RESULT\n${GAME_LINES}RESULT: \nSYMBOL: DRAW\nWINNING_LINE: `,
  ),
  sample(
    'later legacy client: a draw',
    { type: 'TICTACTOE_RESULT', ...game, result: 'DRAW' },
    'TYPE:TICTACTOE_RESULT\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nGAMEID:g42\nRESULT:DRAW\nSYMBOL:\nWINNING_LINE:\n\n',
  ),
  // the seed's own
  sample(
    'PEER_LIST_RESPONSE with an invalid user id',
    { type: 'PEER_LIST_RESPONSE', from: zed, peers: [mai] },
    'TYPE:PEER_LIST_RESPONSE\nFROM:zed@10.77.0.12\nPEERS:["mai@10.77.0.11", 5, "eve", null]\nCOUNT:many\n\n',
  ),
]

/** As divergent as the others, but not to be understood; with the reason. */
export const REFUSED: readonly (readonly [name: string, datagram: string, reason: string])[] = [
  ['nothing', '', 'no TYPE'],
  ['no TYPE', 'USER_ID: mai@10.77.0.11\n\n', 'no TYPE'],
  ['TYPE without a value', 'TYPE: \nUSER_ID: mai@10.77.0.11\n\n', 'no TYPE'],
  ['an unknown TYPE', 'TYPE: CHESS_MOVE\n\n', 'unknown type CHESS_MOVE'],
  [
    'dawsxn: the board after a move',
    'TYPE: TICTACTOE_MOVE_RESPONSE\nBOARD: X........\nCURRENT_TURN: 2\nWHOSE_TURN: O\nFINISHED: False\nWINNER: None\n\n',
    'unknown type TICTACTOE_MOVE_RESPONSE',
  ],
  ['a TYPE that objects have', 'TYPE: __proto__\n\n', 'unknown type __proto__'],
  ['another TYPE that objects have', 'TYPE: constructor\n\n', 'unknown type constructor'],
  ['PROFILE without USER_ID', 'TYPE: PROFILE\nDISPLAY_NAME: Mai\n\n', 'USER_ID is missing'],
  ['a user without a host', 'TYPE: PING\nUSER_ID: mai\n\n', 'USER_ID must be name@host'],
  ['a user without a name', 'TYPE: PING\nUSER_ID: @10.77.0.11\n\n', 'USER_ID must be name@host'],
  ['a host with a space', 'TYPE: PING\nUSER_ID: mai@10.77 .0.11\n\n', 'USER_ID must be name@host'],
  [
    'a user with a control character',
    'TYPE: PING\nUSER_ID: m\x1bai@10.77.0.11\n\n',
    'USER_ID must not contain control characters',
  ],
  ['POST without text', 'TYPE: POST\nUSER_ID: mai@10.77.0.11\nCONTENT: \n\n', 'CONTENT is missing'],
  ['DM without TO', 'TYPE: DM\nFROM: mai@10.77.0.11\nCONTENT: x\n\n', 'TO is missing'],
  ['a time that is no number', `${DM_LINES}TIMESTAMP: soon\n\n`, 'TIMESTAMP must be a number'],
  ['a time before 1970', `${DM_LINES}TIMESTAMP: -5\n\n`, 'TIMESTAMP must be a number'],
  ['a time with an exponent', `${DM_LINES}TIMESTAMP: 1e9\n\n`, 'TIMESTAMP must be a number'],
  ['a time of no end', `${DM_LINES}TIMESTAMP: Infinity\n\n`, 'TIMESTAMP must be a number'],
  ['a TTL that is no number', 'TYPE: POST\nUSER_ID: a@b\nCONTENT: x\nTTL: long\n\n', 'TTL must be a number'],
  ['ACK of nothing', 'TYPE: ACK\nSTATUS: RECEIVED\n\n', 'MESSAGE_ID is missing'],
  [
    'LIKE of nothing',
    'TYPE: LIKE\nFROM: zed@10.77.0.12\nTO: mai@10.77.0.11\nACTION: LIKE\n\n',
    'POST_TIMESTAMP is missing',
  ],
  [
    'LIKE with another action',
    'TYPE: LIKE\nFROM: a@b\nTO: c@d\nPOST_TIMESTAMP: 5\nACTION: LOVE\n\n',
    'ACTION must be LIKE or UNLIKE',
  ],
  [
    'FOLLOW_RESPONSE that says neither',
    'TYPE:FOLLOW_RESPONSE\nFROM:a@b\nTO:c@d\nSTATUS:maybe\n\n',
    'STATUS must be true or false',
  ],
  [
    'a size in words, under the key it came with',
    'TYPE: FILE_OFFER\nFILE_ID: f1\nFILENAME: a\nFILE_SIZE: big\n\n',
    'FILE_SIZE must be a whole number',
  ],
  ['FILE_OFFER without a size', 'TYPE: FILE_OFFER\nFILEID: f1\nFILENAME: a\n\n', 'FILESIZE is missing'],
  ['FILE_CHUNK without data', 'TYPE: FILE_CHUNK\nFILEID: f1\nCHUNK_INDEX: 0\nDATA: \n\n', 'DATA is missing'],
  [
    'FILE_CHUNK that is no base64',
    'TYPE: FILE_CHUNK\nFILEID: f1\nCHUNK_INDEX: 0\nDATA: bGFiIG5vdGVz...\n\n',
    'DATA must be base64',
  ],
  [
    'FILE_CHUNK behind the last',
    'TYPE: FILE_CHUNK\nFILEID: f1\nCHUNK_INDEX: 3\nTOTAL_CHUNKS: 3\nDATA: AAAA\n\n',
    'CHUNK_INDEX is not below TOTAL_CHUNKS',
  ],
  [
    'FILE_CHUNK of none',
    'TYPE: FILE_CHUNK\nFILEID: f1\nCHUNK_INDEX: 0\nTOTAL_CHUNKS: 0\nDATA: AAAA\n\n',
    'TOTAL_CHUNKS is less than 1',
  ],
  ['REVOKE without token and user', 'TYPE: REVOKE\nTIMESTAMP: 5\n\n', 'TOKEN or USER_ID is missing'],
  ['GROUP_UPDATE of nothing', 'TYPE: GROUP_UPDATE\nFROM: a@b\nGROUP_ID: g\n\n', 'ADD or REMOVE is missing'],
  [
    'GROUP_UPDATE with another action',
    'TYPE: GROUP_UPDATE\nFROM: a@b\nGROUP_ID: g\nACTION: RENAME\nMEMBERS: c@d\n\n',
    'ADD or REMOVE is missing',
  ],
  [
    'GROUP_UPDATE without members',
    'TYPE: GROUP_UPDATE\nFROM: a@b\nGROUP_ID: g\nADD: eve\n\n',
    'ADD or REMOVE is missing',
  ],
  ['GROUP_MESSAGE for no group', 'TYPE: GROUP_MESSAGE\nFROM: a@b\nCONTENT: x\n\n', 'GROUP_ID is missing'],
  ['GROUP_MESSAGE without text', 'TYPE: GROUP_MESSAGE\nFROM: a@b\nGROUP_ID: g\n\n', 'CONTENT is missing'],
  [
    'a move outside the board',
    `TYPE: TICTACTOE_MOVE\n${GAME_LINES}POSITION: 9\nSYMBOL: X\n\n`,
    'POSITION is more than 8',
  ],
  [
    'a move with another symbol',
    `TYPE: TICTACTOE_MOVE\n${GAME_LINES}POSITION: 4\nSYMBOL: Y\n\n`,
    'SYMBOL must be X or O',
  ],
  [
    'a result that is none',
    `TYPE: TICTACTOE_RESULT\n${GAME_LINES}RESULT: WON\n\n`,
    'RESULT must be WIN or LOSS or DRAW or FORFEIT',
  ],
  [
    'peers that are no list',
    'TYPE:PEER_LIST_RESPONSE\nFROM:a@b\nPEERS:{"a":1}\n\n',
    'PEERS must be a JSON array',
  ],
  [
    'peers that are no JSON',
    'TYPE:PEER_LIST_RESPONSE\nFROM:a@b\nPEERS:a@b,c@d\n\n',
    'PEERS must be a JSON array',
  ],
]
