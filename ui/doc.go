// Package ui is the interface in the terminal: a Bubble Tea program on an engine
// that it knows by the small interface [Engine].
//
// The root model routes messages and lays out panes. Each pane is a package of
// its own that knows no sibling and no engine. The rules are:
//
//   - Update and View do no input or output; what does is a command in loads.go;
//   - a key gives a named command of the table in package command, and run.go
//     says what each does; the palette runs the same commands;
//   - what is shown of a message went through mail/render or mail/safe;
//   - the cache is the truth: an event says where to look again, and what the
//     user did is on disk before the screen says so.
package ui
