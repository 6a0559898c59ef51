package runner

import "testing"

func TestStartCode(t *testing.T) {
	for words, want := range map[string]int{
		`OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "/nope": stat /nope: no such file or directory: unknown`:                  127,
		`failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "x": executable file not found in $PATH: unknown`: 127,
		`exec /script: exec format error`:                                                           126,
		`exec: "/config.json": permission denied: unknown`:                                          126,
		`No command specified`:                                                                      127,
		`unable to find user nobody: no matching entries in passwd file`:                            126,
		`driver failed programming external connectivity: permission denied`:                        0,
		`error mounting "/x": no such file or directory`:                                            0,
		`could not select device driver "" with capabilities: [[gpu]]`:                              0,
		`OCI runtime create failed: chdir to cwd ("/w") set in config.json failed: not a directory`: 126,
	} {
		if got := startCode(words); got != want {
			t.Errorf("%d for %s, want %d", got, words, want)
		}
	}
}
