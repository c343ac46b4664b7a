/** The UDP ports that everybody on a LAN knows. */

/** Where everybody listens for announcements (RFC draft, section 3). */
export const DISCOVERY_PORT = 50_999
/** Where the first programs of the tracker family announce themselves, as JSON. */
export const ANNOUNCE_PORT = 9_002
