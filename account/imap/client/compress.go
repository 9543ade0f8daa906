package client

import (
	"bufio"
	"compress/flate"
	"context"
	"errors"
)

// Compress has both sides compress what they say from then on (RFC 4978). A
// server that refuses goes on as before.
func (c *Client) Compress(ctx context.Context) error {
	if !c.Has("COMPRESS=DEFLATE") {
		return errors.New("COMPRESS: the server does not offer it")
	}
	c.sending.Lock() // nothing may go out before it is known how
	defer c.sending.Unlock()
	cmd, err := c.send(ctx, &Command{name: "COMPRESS", agreed: c.inflate}, "DEFLATE")
	if err != nil {
		return err
	}
	if err := cmd.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			c.conn.Close() // what the server compresses is not known
		}
		return err
	}
	w, err := flate.NewWriter(c.conn, flate.DefaultCompression)
	if err != nil {
		return err
	}
	c.w.Reset(tapped{deflater{w}, c.tap})
	return nil
}

// inflate reads what follows as compressed.
func (c *Client) inflate() {
	c.r = bufio.NewReaderSize(flate.NewReader(c.r), 128<<10)
}

// A deflater sends what it is given at once: it is written to when a command is
// to go out.
type deflater struct{ w *flate.Writer }

// Write compresses and sends.
func (d deflater) Write(b []byte) (int, error) {
	n, err := d.w.Write(b)
	return n, errors.Join(err, d.w.Flush())
}
