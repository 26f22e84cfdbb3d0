namespace SniProxy.Lab.Ground;

/// <summary>What the machine must have. Something missing fails the run by name; nothing is ever skipped.</summary>
public static class Prerequisites
{
    private static readonly (string Program, string Package)[] Programs =
    [
        ("ip", "iproute2"), ("nft", "nftables"), ("sysctl", "procps"), ("nginx", "nginx-light"), ("dnsmasq", "dnsmasq-base"),
        ("openssl", "openssl"), ("curl", "curl"), ("wget", "wget"), ("gnutls-cli", "gnutls-bin"), ("python3", "python3"),
        ("node", "nodejs"), ("git", "git"), ("ssh", "openssh-client"), ("nc", "netcat-openbsd"), ("ncat", "ncat"), ("promtool", "prometheus"),
        ("sshd", "openssh-server"), ("redis-server", "redis-server"), ("redis-cli", "redis-tools"), ("psql", "postgresql-client"), ("pg_ctlcluster", "postgresql"),
        ("iodine", "iodine"), ("iodined", "iodine"), ("gcc", "gcc"), ("musl-gcc", "musl-tools"),
    ];

    /// <summary>The system's own folders only: a version manager's shims in front of them would not be what a sandbox has.</summary>
    public const string Path = "/usr/sbin:/usr/bin:/sbin:/bin";

    public static string Locate(string program)
    {
        foreach (var folder in Path.Split(':'))
        {
            var candidate = System.IO.Path.Combine(folder, program);
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new LabException($"the lab needs the program {program}, which is not in {Path}");
    }

    public static void Demand()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new LabException("the lab needs Linux: network namespaces and nftables");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new LabException("the lab needs root to make network namespaces: run tests/run.sh, or the tests with sudo");
        }

        var missing = Programs.Where(p => !Path.Split(':').Any(f => File.Exists(System.IO.Path.Combine(f, p.Program)))).ToArray();
        if (missing.Length > 0)
        {
            throw new LabException(
                $"the lab lacks {string.Join(", ", missing.Select(p => p.Program))}; get them with: "
                + $"apt-get install --no-install-recommends {string.Join(' ', missing.Select(p => p.Package))} (tests/run.sh does)");
        }
    }
}
