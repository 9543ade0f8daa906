package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/sync"
)

// A world is what lies behind the interface: the engine, and the context that
// ends all work. This file and files.go hold the commands that work with it: the
// only places where the interface meets the engine, the disk or another program.
// The rules are:
//
//   - a command answers with a fact, in the past tense;
//   - an answer carries the number of its question, if it can be overtaken;
//   - none changes the model.
type world struct {
	ctx    context.Context
	engine Engine
}

type (
	// said and failed are for the status line.
	said   struct{ text string }
	failed struct{ err error }

	accountsLoaded struct {
		n    int
		list []sync.AccountInfo
	}
	outboxLoaded struct {
		n       int
		waiting int
		err     error
	}
	engineSpoke struct{ event sync.Event }
	// deedDone says what became of a change to messages.
	deedDone struct {
		text string
		err  error
		ids  []mail.ID // those that it was to take out of the list
		back bool      // it took back another one
	}
	logRead struct {
		lines []string
		err   error
	}
	clockTicked struct{}
)

func say(text string) tea.Cmd { return func() tea.Msg { return said{text} } }

func fail(err error) tea.Cmd { return func() tea.Msg { return failed{err} } }

// listen waits for the next thing the engine has to say. Update issues it again
// after each answer.
func (w world) listen() tea.Cmd {
	return func() tea.Msg {
		e, ok := <-w.engine.Events()
		if !ok {
			return nil
		}
		return engineSpoke{e}
	}
}

func (w world) loadAccounts(n int) tea.Cmd {
	return func() tea.Msg { return accountsLoaded{n, w.engine.Accounts()} }
}

func (w world) loadOutbox(n int) tea.Cmd {
	return func() tea.Msg {
		list, err := w.engine.Outbox(w.ctx)
		return outboxLoaded{n, len(list), err}
	}
}

// lookForMail has the engine look for new mail in an account, or in all.
func (w world) lookForMail(account string) tea.Cmd {
	return func() tea.Msg {
		w.engine.Refresh(account)
		return said{"looking for new mail …"}
	}
}

// do changes messages. Text says what was done; ids are those that leave the list
// by it.
func (w world) do(text string, c mail.Change, ids ...mail.ID) tea.Cmd {
	return func() tea.Msg { return deedDone{text: text, err: w.engine.Do(w.ctx, c), ids: ids} }
}

// toggle sets a flag of the messages that lack it; where none does, it clears the
// flag of all. What each has is read when it is done, for of many messages only a
// few are on screen.
func (w world) toggle(ids []mail.ID, f mail.Flags, set, clear string) tea.Cmd {
	return func() tea.Msg {
		rows, err := w.engine.Rows(w.ctx, ids)
		if err != nil {
			return deedDone{err: err}
		}
		var all, lacking []mail.ID
		for _, s := range rows {
			all = append(all, s.ID)
			if !s.Flags.Has(f) {
				lacking = append(lacking, s.ID)
			}
		}
		switch {
		case len(all) == 0:
			return deedDone{text: "the message is gone"}
		case len(lacking) == 0:
			return w.do(count(all)+" "+clear, mail.SetFlags{IDs: all, Remove: f})()
		}
		return w.do(count(lacking)+" "+set, mail.SetFlags{IDs: lacking, Add: f})()
	}
}

func (w world) undo() tea.Cmd {
	return func() tea.Msg {
		what, err := w.engine.Undo(w.ctx)
		return deedDone{text: what, err: err, back: true}
	}
}

// waitMinute lets the dates of the list stay true.
func waitMinute() tea.Cmd {
	return tea.Tick(time.Minute, func(time.Time) tea.Msg { return clockTicked{} })
}
