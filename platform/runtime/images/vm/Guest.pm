# Starts the guest by run-guest and reads its serial line and QEMU's monitor, for the programs that watch it boot.
package Guest;
use strict;
use warnings;
use Socket;
use POSIX ();

my ($serial, $monitor, $pid);
END { kill 'KILL', $pid if $pid and $? }

sub start {
    my ($how) = @_;
    $^F = 100;    # descriptors stay open over exec
    socketpair $serial, my $guest_serial, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
    socketpair $monitor, my $guest_monitor, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
    $pid = fork // die;
    if ($pid == 0) {
        # In this order: whatever numbers they have, neither is closed before it is copied.
        POSIX::dup2(fileno $guest_serial, 3);
        POSIX::dup2(fileno $guest_monitor, 4);
        exec '/usr/local/lib/vm/run-guest', $how;
    }
}

# Read until what was read matches; dies at the end of the stream, or after so many seconds.
sub read_until {
    my ($from, $pattern, $seconds) = @_;
    my ($all, $end) = ('', time + $seconds);
    while ($all !~ $pattern) {
        my $ready = '';
        vec($ready, fileno $from, 1) = 1;
        select $ready, undef, undef, 1;
        next if !vec($ready, fileno $from, 1) and time < $end;
        die "no $pattern in:\n$all\n" if time >= $end or !sysread $from, $all, 65536, length $all;
    }
    return $all;
}

sub expect { return read_until($serial, @_) }
sub answer { return read_until($monitor, @_) }
sub type { syswrite $serial, $_[0] }
sub say_to_monitor { syswrite $monitor, "$_[0]\n" }

sub command {
    my ($text) = @_;
    say_to_monitor($text);
    answer(qr/"return"|"error"/, 60) =~ /"error"/ and die "$text failed\n";
}

sub quit {
    say_to_monitor('{"execute":"quit"}');
    waitpid $pid, 0;
    $? = 0;
}

1;
