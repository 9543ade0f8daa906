// Command picture makes the picture in the README: it runs the demo in a
// terminal of its own, opens a message, and writes the screen as SVG to standard
// output.
package main

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The screen, and what is pressed on it until what stands there.
const (
	width, height = 118, 36
	keys          = "jj\r"
	shown         = "From: "
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	screen, err := take(ctx)
	if err == nil {
		_, err = io.WriteString(os.Stdout, svg(screen))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// take returns the screen of the demo.
func take(ctx context.Context) (*vt.SafeEmulator, error) {
	dir, err := os.MkdirTemp("", "posthorn-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "posthorn")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	cmd := exec.CommandContext(ctx, path, "demo")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "HOME="+dir)
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: height, Cols: width})
	if err != nil {
		return nil, err
	}
	screen := vt.NewSafeEmulator(width, height)
	io.WriteString(screen, ansi.SetModeUnicodeCore) // it measures clusters, and is to say so
	go io.Copy(f, screen)                           // what the terminal answers to the program's questions
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		io.Copy(screen, f)
	}()
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
		f.Close()
		<-drawn
	}()
	for _, step := range []struct{ text, keys string }{{"● online", keys}, {shown, ""}} {
		if err := wait(ctx, screen, step.text); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(f, step.keys); err != nil {
			return nil, err
		}
	}
	still := vt.NewSafeEmulator(width, height)
	screen.Draw(still, screen.Bounds())
	return still, nil
}

// wait waits until a text is on the screen, and nothing is drawn any more.
func wait(ctx context.Context, screen *vt.SafeEmulator, text string) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for before := ""; ; {
		now := screen.Render()
		if now == before && strings.Contains(ansi.Strip(now), text) {
			return nil
		}
		before = now
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%q is not on the screen: %w\n%s", text, ctx.Err(), ansi.Strip(now))
		}
	}
}

// A cell's size in the picture.
const cellW, cellH = 8.4, 18

// svg draws a screen: of every line the backgrounds, then runs of one style.
func svg(screen *vt.SafeEmulator) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">`+"\n", width*cellW+16, height*cellH+16)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>` + "\n")
	for y := range height {
		for x := 0; x < width; {
			run, text := 0, ""
			first := screen.CellAt(x, y)
			for x+run < width {
				c := screen.CellAt(x+run, y)
				if c != nil && first != nil && !c.Style.Equal(&first.Style) || c != nil && c.Width > 1 && run > 0 {
					break
				}
				if c == nil || c.Content == "" {
					text += " "
					run++
					continue
				}
				text += c.Content
				run += max(c.Width, 1)
				if c.Width > 1 {
					break
				}
			}
			if first != nil {
				drawRun(&b, x, y, run, text, first.Style)
			}
			x += run
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func drawRun(b *strings.Builder, x, y, run int, text string, style uv.Style) {
	fg, bg := hex(style.Fg, "#c0caf5"), hex(style.Bg, "")
	if style.Attrs&uv.AttrReverse != 0 {
		fg, bg = hex(style.Bg, "#1a1b26"), fg
	}
	left, top, w := 8+float64(x)*cellW, 8+y*cellH, float64(run)*cellW
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, w, cellH, bg)
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	attrs := ""
	if style.Attrs&uv.AttrBold != 0 {
		attrs += ` font-weight="bold"`
	}
	if style.Attrs&uv.AttrFaint != 0 {
		attrs += ` opacity="0.6"`
	}
	if style.Attrs&uv.AttrItalic != 0 {
		attrs += ` font-style="italic"`
	}
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	fmt.Fprintf(b, `<text x="%.1f" y="%d" textLength="%.1f" fill="%s" xml:space="preserve"%s>%s</text>`+"\n", left, top+13, w, fg, attrs, text)
}

func hex(c color.Color, otherwise string) string {
	if c == nil {
		return otherwise
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}
