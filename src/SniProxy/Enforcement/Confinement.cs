namespace SniProxy.Enforcement;

/// <summary>
/// What is taken away from a command between <c>ip netns exec</c>, which gives it a mount namespace of its own, and its first instruction:
/// ways past the network that a shared file system offers to root without a packet being sent.
/// </summary>
internal static class Confinement
{
    // The set that container engines leave a root user, without CAP_MKNOD: enough to install packages; not enough to enter another namespace
    // or undo a mount (CAP_SYS_ADMIN), to take over a process that may do more (CAP_SYS_PTRACE), to change the network (CAP_NET_ADMIN), or to
    // make a device file for the machine's disk or memory.
    private const string Kept =
        "-all,+audit_write,+chown,+dac_override,+fowner,+fsetid,+kill,+net_bind_service,+net_raw,+setfcap,+setgid,+setpcap,+setuid,+sys_chroot";

    // /run holds the sockets of whoever would act for root outside: container engines, systemd, D-Bus, agents. Where /etc/resolv.conf is a
    // link into it (systemd-resolved), the file it leads to is laid down anew. /proc/sys names programs that the kernel starts outside
    // (core_pattern, modprobe, binfmt_misc), /sys likewise (uevent_helper), and a word to sysrq-trigger stops the machine: all read-only.
    // Variables stay in the subshell: one that is exported already would reach the command changed.
    private const string Script = """
        set -e
        trap 'echo "sniproxy: /run, /proc/sys and /sys cannot be closed to the command: run as root with the right to mount" >&2; exit 77' EXIT
        (
            umask 022
            close() {
                "$2" -n -t tmpfs -o mode=755,nosuid,nodev sniproxy "$1"
                mkdir -m 1777 "$1/lock"
            }
            freeze() {
                "$2" -n -o bind "$1" "$1"
                "$2" -n -o remount,bind,ro,nosuid,nodev,noexec "$1"
            }
            names=$(readlink -f /etc/resolv.conf || true)
            close /run "$2"
            if [ -d /var/run ] && ! [ /var/run -ef /run ]; then close /var/run "$2"; fi
            case $names in /run/* | /var/run/*)
                mkdir -p "${names%/*}"
                cp "/etc/netns/$1/resolv.conf" "$names"
            esac
            freeze /proc/sys "$2"
            if [ -e /proc/sysrq-trigger ]; then freeze /proc/sysrq-trigger "$2"; fi
            freeze /sys "$2"
        )
        trap - EXIT
        shift 2
        exec "$@"
        """;

    /// <summary>The options of setpriv by which the rights to undo it are given up, for good.</summary>
    public static IEnumerable<string> Privileges => ["--bounding-set", Kept, "--inh-caps", "-all"];

    /// <summary>The words of a command that closes what is to be closed and becomes the command that follows.</summary>
    /// <param name="networkNamespace">The namespace it is in.</param>
    /// <exception cref="MissingCapabilityException">A program is missing.</exception>
    public static IEnumerable<string> Words(string networkNamespace) =>
    [
        ExternalCommand.Locate("sh"), "-c", Script, "sniproxy", networkNamespace, ExternalCommand.Locate("mount"),
    ];
}
