// Package ui is the interface in the terminal: a Bubble Tea program on an engine
// that it knows by the small interface [Engine].
//
// The root model routes messages and lays out panes. Each pane is a package of
// its own that knows no sibling and no engine; tree, listing, reading and desk
// fill them, and know nothing of each other; panes has the first three side by side.
// The rules are:
//
//   - Update and View do no input or output; what does is a command in world.go or
//     files.go, or beside its answer in who asks;
//   - a key gives a command of the table, with the messages that it acts on; the
//     palette runs the same commands, and nothing decides by a command's name;
//   - an answer carries the number of its question: an older one never overtakes,
//     and an error never empties what is shown;
//   - what is shown of a message went through mail/render or mail/safe;
//   - the cache is the truth: an event says where to look again, and what the
//     user did is on disk before the screen says so.
package ui
