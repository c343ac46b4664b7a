/** The well-known UDP ports of the LAN. */

/** Where LSNP programs listen for announcements (RFC draft, section 3). */
export const DISCOVERY_PORT = 50_999
/** Where legacy clients of the tracker announce themselves as JSON. */
export const ANNOUNCE_PORT = 9_002
