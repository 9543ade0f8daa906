package ui

import (
	"context"
	"io"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/sync"
)

// Engine is all that the interface knows of the world behind it. [*sync.Engine]
// is the real one. Its methods are called from commands only, never from Update
// or View, but for those that answer at once from memory.
type Engine interface {
	// At once, from memory.
	Accounts() []sync.AccountInfo
	Events() <-chan sync.Event
	Focus(folder mail.FolderID)
	Refresh(account string)

	// From the disk.
	Folders(ctx context.Context, account string) ([]mail.Folder, error)
	Entries(ctx context.Context, v mail.View, limit int) ([]mail.Entry, error)
	Rows(ctx context.Context, ids []mail.ID) ([]mail.Summary, error)
	Do(ctx context.Context, c mail.Change) error
	Undo(ctx context.Context) (string, error)
	SaveDraft(ctx context.Context, account string, old mail.ID, raw []byte) (mail.ID, error)
	LeaveDraft(ctx context.Context, id mail.ID) error
	Send(ctx context.Context, m mail.Outgoing) error
	Outbox(ctx context.Context) ([]mail.Queued, error)

	// From the server, where the disk has it not.
	Open(ctx context.Context, id mail.ID, o render.Options) (*message.Message, error)
	Whole(ctx context.Context, id mail.ID, use func(*message.Message) error) error
	Copy(ctx context.Context, id mail.ID, out io.Writer) error
	Search(ctx context.Context, account string, folder mail.FolderID, q mail.Query, local bool, found func([]mail.ID)) (string, error)
}

var _ Engine = (*sync.Engine)(nil)
