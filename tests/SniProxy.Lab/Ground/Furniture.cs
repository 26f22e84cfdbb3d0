namespace SniProxy.Lab.Ground;

/// <summary>What the processes of a namespace find: `ip netns exec` lays the files of /etc/netns/NAME over those of /etc.</summary>
internal static class Furniture
{
    private const string PlainHosts = "127.0.0.1 localhost\n::1 localhost\n";

    /// <summary>A sandbox: its gateway as resolver, a home of its own, and the lab's authority where each client looks for it.</summary>
    public static void Lay(Namespace sandbox, Place gateway, string home, string authorityFile)
    {
        LayResolver(sandbox, gateway);
        sandbox.Environment["HOME"] = home;
        foreach (var variable in (string[])["CURL_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"])
        {
            sandbox.Environment[variable] = authorityFile;
        }
    }

    public static void LayResolver(Namespace where, Place resolver)
    {
        Directory.CreateDirectory(Folder(where));
        File.WriteAllText(
            Path.Combine(Folder(where), "resolv.conf"), $"nameserver {resolver.V4}\nnameserver {resolver.V6}\noptions timeout:2 attempts:2\n");
        File.WriteAllText(Path.Combine(Folder(where), "nsswitch.conf"), "hosts: files dns\n");
        LayHosts(where, "");
    }

    /// <summary>The same resolver with a cluster's search list: a name with fewer than five dots is tried under all three first.</summary>
    public static void LaySearchList(Namespace where, Place resolver) => File.WriteAllText(
        Path.Combine(Folder(where), "resolv.conf"),
        $"nameserver {resolver.V4}\nsearch ns.svc.cluster.test svc.cluster.test cluster.test\noptions ndots:5 timeout:5 attempts:2\n");

    /// <summary>These lines of a hosts file, beside localhost.</summary>
    public static void LayHosts(Namespace where, string lines) => File.WriteAllText(Path.Combine(Folder(where), "hosts"), PlainHosts + lines);

    private static string Folder(Namespace where) => Path.Combine("/etc/netns", where.Name);
}
