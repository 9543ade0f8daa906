// Package mail holds the words every other package speaks: ids, addresses,
// envelopes, flags, folders, structures, queries, and the changes that servers
// and users make.
//
// It is plain data. It reads no disk and no network, and imports no other
// package of this program. Its folders turn bytes into that data and that data
// into text: [posthorn/mail/message] parses and decodes MIME,
// [posthorn/mail/render] lays a message out as lines, [posthorn/mail/query]
// parses what the user types into a search, and [posthorn/mail/safe] is the one
// place through which text goes on its way to a terminal or a file name.
package mail
