package mail

// A Sort is an order of a list.
type Sort uint8

// The orders a list can have. Newest first is the default.
const (
	ByDate Sort = iota
	ByDateAscending
	BySender
	BySubject
	BySize
)

// A View says which messages a list shows, and how.
type View struct {
	Account string   // empty: all accounts together
	Folder  FolderID // zero: by Role
	Role    Role     // the folders with this role, where Folder is zero
	Sort    Sort
	Threads bool  // grouped by conversation, the one with the newest message first
	Filter  Query // nil: everything
}

// An Entry is one place in a list: a list holds entries, and asks for the rows
// of those on screen.
type Entry struct {
	ID     ID
	Thread ThreadID
	Depth  int32 // below the thread's first message
}
