# Start the guest with run-guest, and talk to it on its serial line and to QEMU on its monitor.
package Guest;
use strict;
use warnings;
use Socket;
use POSIX ();

my ($serial, $monitor, $pid);
END { kill 'KILL', $pid if $pid and $? }

sub start {
    my ($mode) = @_;
    $^F = 100;    # descriptors stay open over exec
    socketpair $serial, my $guest_serial, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
    socketpair $monitor, my $guest_monitor, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
    $pid = fork // die;
    if ($pid == 0) {
        # The serial line comes first, so that neither is overwritten before it is copied.
        POSIX::dup2(fileno $guest_serial, 3);
        POSIX::dup2(fileno $guest_monitor, 4);
        exec '/usr/local/lib/vm/run-guest', $mode;
    }
}

# Read until the text matches the pattern. Dies at the end of the stream, or when time is up.
sub read_until {
    my ($from, $pattern, $seconds) = @_;
    my ($text, $end) = ('', time + $seconds);
    while ($text !~ $pattern) {
        my $ready = '';
        vec($ready, fileno $from, 1) = 1;
        select $ready, undef, undef, 1;
        next if !vec($ready, fileno $from, 1) and time < $end;
        die "no $pattern in:\n$text\n"
            if time >= $end or !sysread $from, $text, 65536, length $text;
    }
    return $text;
}

sub expect { return read_until($serial, @_) }
sub read_monitor { return read_until($monitor, @_) }
sub type { syswrite $serial, $_[0] }
sub write_monitor { syswrite $monitor, "$_[0]\n" }

sub command {
    my ($text) = @_;
    write_monitor($text);
    read_monitor(qr/"return"|"error"/, 60) =~ /"error"/ and die "$text failed\n";
}

sub quit {
    write_monitor('{"execute":"quit"}');
    waitpid $pid, 0;
    $? = 0;
}

1;
