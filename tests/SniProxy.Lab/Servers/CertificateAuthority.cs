using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Lab.Servers;

/// <summary>The lab's own authority, made anew for each run: the clients trust it and nothing else.</summary>
public sealed class CertificateAuthority
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(2);

    private readonly X509Certificate2 _root;
    private readonly string _folder;

    public CertificateAuthority(string folder)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=SniProxy Lab CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow + Life);
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    public string RootFile => Path.Combine(_folder, "ca.pem");

    /// <summary>Writes NAME.pem (certificate) and NAME.key for the name, everything below it, and further names.</summary>
    public (string CertificateFile, string KeyFile) Issue(string name, params string[] alsoFor)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var each in (string[])[name, $"*.{name}", .. alsoFor])
        {
            names.AddDnsName(each);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        using var certificate = request.Create(
            _root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow + Life / 2, RandomNumberGenerator.GetBytes(12));
        var certificateFile = Path.Combine(_folder, $"{name}.pem");
        var keyFile = Path.Combine(_folder, $"{name}.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
