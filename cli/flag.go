package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"posthorn/mail"
	"posthorn/sync"
)

func (e *env) flagCommand() *cobra.Command { return e.flagging("flag", "Set flags of messages", true) }
func (e *env) unflagCommand() *cobra.Command {
	return e.flagging("unflag", "Clear flags of messages", false)
}

func (e *env) flagging(name, short string, set bool) *cobra.Command {
	on := map[mail.Flags]*bool{}
	c := &cobra.Command{
		Use: name + " ID… --seen|--starred|--answered", Short: short, Args: atLeast(1),
		RunE: func(c *cobra.Command, args []string) error {
			var flags mail.Flags
			for f, wanted := range on {
				if *wanted {
					flags |= f
				}
			}
			if flags == 0 {
				return usage("%s wants at least one of --seen, --starred, --answered", name)
			}
			return e.change(c.Context(), args, func(_ *session, ids []mail.ID) (mail.Change, error) {
				if set {
					return mail.SetFlags{IDs: ids, Add: flags}, nil
				}
				return mail.SetFlags{IDs: ids, Remove: flags}, nil
			})
		},
	}
	for _, f := range []mail.Flags{mail.Seen, mail.Flagged, mail.Answered} {
		on[f] = c.Flags().Bool(f.String(), false, "the flag "+f.String())
	}
	return c
}

func (e *env) moveCommand() *cobra.Command {
	return e.transfer("move", "Move messages to a folder", func(ids []mail.ID, to mail.FolderID) mail.Change {
		return mail.Move{IDs: ids, To: to}
	})
}

func (e *env) copyCommand() *cobra.Command {
	return e.transfer("copy", "Copy messages to a folder", func(ids []mail.ID, to mail.FolderID) mail.Change {
		return mail.Copy{IDs: ids, To: to}
	})
}

func (e *env) transfer(name, short string, change func([]mail.ID, mail.FolderID) mail.Change) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID… FOLDER", Short: short, Args: atLeast(2),
		RunE: func(c *cobra.Command, args []string) error {
			last := len(args) - 1
			return e.change(c.Context(), args[:last], func(s *session, ids []mail.ID) (mail.Change, error) {
				f, err := s.folder(c.Context(), s.names()[0], args[last])
				return change(ids, f.ID), err
			})
		},
	}
}

func (e *env) archiveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "archive ID…", Short: "Move messages to the archive", Args: atLeast(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.change(c.Context(), args, func(_ *session, ids []mail.ID) (mail.Change, error) {
				return mail.File{IDs: ids, To: mail.Archive}, nil
			})
		},
	}
}

func (e *env) deleteCommand() *cobra.Command {
	var forGood bool
	c := &cobra.Command{
		Use: "delete ID…", Short: "Move messages to the trash", Args: atLeast(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.change(c.Context(), args, func(_ *session, ids []mail.ID) (mail.Change, error) {
				if forGood {
					return mail.Expunge{IDs: ids}, nil
				}
				return mail.File{IDs: ids, To: mail.Trash}, nil
			})
		},
	}
	c.Flags().BoolVar(&forGood, "for-good", false, "delete them at once and for good")
	return c
}

// change does one change to messages, account by account, and plays it to the
// servers before it returns. When one of the messages is not there, or an
// account has no such folder, nothing is changed.
func (e *env) change(ctx context.Context, args []string, make func(*session, []mail.ID) (mail.Change, error)) error {
	bySlot := map[int][]mail.ID{}
	var slots []int
	for _, arg := range args {
		id, err := mail.ParseID(arg)
		if err != nil {
			return usageError{err}
		}
		if bySlot[id.Slot()] == nil {
			slots = append(slots, id.Slot())
		}
		bySlot[id.Slot()] = append(bySlot[id.Slot()], id)
	}
	var all []readied
	defer func() {
		for _, r := range all {
			r.session.close()
		}
	}()
	for _, slot := range slots {
		r, err := e.ready(ctx, bySlot[slot], make)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	var last error
	for _, r := range all {
		last = e.after(last, r.do(ctx))
	}
	return last
}

// A readied change is one whose messages and folder have been found. All of them
// are, before the first is done.
type readied struct {
	session *session
	change  mail.Change
}

func (e *env) ready(ctx context.Context, ids []mail.ID, make func(*session, []mail.ID) (mail.Change, error)) (readied, error) {
	s, err := e.openFor(ctx, ids...)
	if err != nil {
		return readied{}, err
	}
	ch, err := make(s, ids)
	if err != nil {
		s.close()
		return readied{}, err
	}
	return readied{s, ch}, nil
}

func (r readied) do(ctx context.Context) error {
	err := r.session.Carry(ctx, r.change)
	if several := (sync.Failures{}); errors.Is(err, sync.ErrOffline) && !errors.As(err, &several) {
		return fmt.Errorf("kept for the next posthorn sync: %w", err)
	}
	return err
}
