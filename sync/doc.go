// Package sync is the engine: it brings caches and servers together, in both
// directions, for as long as it runs.
//
// An [Engine] works for some accounts. What it is asked for, lists, rows,
// messages, searches, it answers from the cache of the account, and only for
// what the cache lacks does it go to the server. What the user does it writes to
// the cache and its journal, and returns; a moment later, or days later when the
// line is back, the journal is played. [Engine.Events] tells what became
// different on the way.
//
// # How it hangs together
//
// Each account has a worker: one goroutine that owns the working connection and
// the order of work. It does one small thing at a time and then asks again what
// is most urgent: what someone waits for (a message to open, a search), the
// journal, the list of mailboxes, the mailbox on screen, the other mailboxes,
// and last the index of the cache. A mailbox is read in deltas, each of which
// can be resumed from, so that nobody waits for longer than one of them.
// Beside it, one goroutine sends what is in the outbox, and one holds a second
// connection that waits for the server to say that something changed.
//
// Only one process at a time does this for an account: the one that holds the
// lock file. Others read the cache, see what that one writes to it, and leave
// their changes in the journal for it to play.
//
// # What must not happen
//
// A message of a drop is deleted there only after it was delivered here, and a
// message of the outbox is never sent again while it is not certain that it was
// not sent. Each file that moves mail says in which order it writes, and what a
// crash between two steps leaves behind.
package sync
