package cache

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	"modernc.org/sqlite"

	"posthorn/mail/query"
)

// connect opens a database in which statements can call holds: LIKE knows the two
// cases of ASCII letters alone.
func connect(dsn string) (*sql.DB, error) {
	d := &sqlite.Driver{}
	if err := d.RegisterDeterministicScalarFunction("holds", 2, holds); err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{d, dsn}), nil
}

// holds reports whether a text holds another that is folded already.
func holds(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	text, _ := args[0].(string)
	part, _ := args[1].(string)
	return strings.Contains(query.Fold(text), part), nil
}

// A connector opens connections to one database.
type connector struct {
	driver *sqlite.Driver
	dsn    string
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }

func (c connector) Driver() driver.Driver { return c.driver }
