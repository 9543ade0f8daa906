package cli

import "golang.org/x/sys/windows"

// flushInput throws away what was typed. Where that fails, it stays.
func flushInput(fd uintptr) { windows.FlushConsoleInputBuffer(windows.Handle(fd)) }
