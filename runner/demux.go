package runner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Stream numbers of an engine's multiplexed output.
const (
	streamStdin  = 0
	streamStdout = 1
	streamStderr = 2
	streamSystem = 3
)

// demux reads an engine's multiplexed output (frames of a stream number, three zeros, a big-endian length, and that many bytes) until
// it ends, and hands the pieces on in buffers that are valid only during the call. It holds 32 KiB, whatever length a frame claims.
// An end between two frames is no error.
func demux(r io.Reader, stdout, stderr func([]byte)) error {
	var head [8]byte
	buf := make([]byte, 32<<10)
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		var to func([]byte)
		switch head[0] {
		case streamStdin, streamStdout:
			to = stdout
		case streamStderr:
			to = stderr
		case streamSystem:
			return systemError(r)
		default:
			return fmt.Errorf("the engine's output has a frame of an unknown stream %d", head[0])
		}
		for left := int(binary.BigEndian.Uint32(head[4:])); left > 0; {
			n, err := r.Read(buf[:min(left, len(buf))])
			to(buf[:n])
			left -= n
			if errors.Is(err, io.EOF) && left > 0 {
				return io.ErrUnexpectedEOF
			}
			if err != nil && left > 0 {
				return err
			}
		}
	}
}

// systemError is what an engine says of its own failure, in place of output.
func systemError(r io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(r, 4<<10))
	if err != nil {
		return err
	}
	return fmt.Errorf("the engine's output broke off: %s", plain(string(b)))
}
