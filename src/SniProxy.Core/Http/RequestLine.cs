namespace SniProxy.Core.Http;

/// <summary>The first line of a request (RFC 9112 section 3): method, target and version with exactly one space between them.</summary>
internal static class RequestLine
{
    /// <summary>
    /// Writes what <paramref name="line"/> says into <paramref name="head"/>; <paramref name="offset"/> is where the line begins on the
    /// wire.
    /// </summary>
    public static RequestFault Read(ReadOnlySpan<byte> line, int offset, RequestHead head)
    {
        if (line.SequenceEqual("PRI * HTTP/2.0"u8))
        {
            return RequestFault.Http2Preface;
        }

        var methodEnd = line.IndexOf((byte)' ');
        if (methodEnd < 0)
        {
            return RequestFault.RequestLine;
        }

        if (!HttpSyntax.IsToken(line[..methodEnd]))
        {
            return RequestFault.Method;
        }

        var rest = line[(methodEnd + 1)..];
        var targetLength = rest.IndexOf((byte)' ');
        if (targetLength < 0)
        {
            // HTTP/0.9 had no version.
            return RequestFault.Version;
        }

        var version = rest[(targetLength + 1)..];
        if (version.Contains((byte)' '))
        {
            return RequestFault.RequestLine;
        }

        if (!version.SequenceEqual("HTTP/1.1"u8) && !version.SequenceEqual("HTTP/1.0"u8))
        {
            return RequestFault.Version;
        }

        head.Method = MethodOf(line[..methodEnd]);
        head.MinorVersion = (byte)(version[^1] - '0');
        head.Target = new HeadRange(offset + methodEnd + 1, targetLength);
        return ReadTarget(rest[..targetLength], head);
    }

    // RFC 9112 section 3.2: which form is allowed depends on the method.
    private static RequestFault ReadTarget(ReadOnlySpan<byte> target, RequestHead head)
    {
        if (!HttpSyntax.IsTarget(target))
        {
            return RequestFault.Target;
        }

        if (head.IsConnect)
        {
            head.Form = TargetForm.Authority;
            head.Authority = Authority.Parse(target);
            return head.Authority is { Kind: AuthorityKind.Name or AuthorityKind.Address, Port: not null } ? RequestFault.None : RequestFault.Target;
        }

        if (target[0] == '/')
        {
            head.Form = TargetForm.Origin;
            return RequestFault.None;
        }

        if (target.SequenceEqual("*"u8))
        {
            head.Form = TargetForm.Asterisk;
            return head.Method == RequestMethod.Options ? RequestFault.None : RequestFault.Target;
        }

        return ReadAbsolute(target, head);
    }

    private static RequestFault ReadAbsolute(ReadOnlySpan<byte> target, RequestHead head)
    {
        var scheme = target.IndexOf("://"u8);
        if (scheme < 0)
        {
            return RequestFault.Target;
        }

        if (!target[..scheme].Is("http"u8))
        {
            return RequestFault.Scheme;
        }

        var start = scheme + 3;
        var length = target[start..].IndexOfAny((byte)'/', (byte)'?');
        if (length < 0)
        {
            length = target.Length - start;
        }

        head.Form = TargetForm.Absolute;
        head.TargetAuthority = new HeadRange(head.Target.Start + start, length);
        head.Authority = Authority.Parse(target.Slice(start, length));
        return head.Authority.Kind is AuthorityKind.Name or AuthorityKind.Address ? RequestFault.None : RequestFault.Target;
    }

    private static RequestMethod MethodOf(ReadOnlySpan<byte> method) => method switch
    {
        _ when method.SequenceEqual("GET"u8) => RequestMethod.Get,
        _ when method.SequenceEqual("HEAD"u8) => RequestMethod.Head,
        _ when method.SequenceEqual("POST"u8) => RequestMethod.Post,
        _ when method.SequenceEqual("PUT"u8) => RequestMethod.Put,
        _ when method.SequenceEqual("PATCH"u8) => RequestMethod.Patch,
        _ when method.SequenceEqual("DELETE"u8) => RequestMethod.Delete,
        _ when method.SequenceEqual("OPTIONS"u8) => RequestMethod.Options,
        _ when method.SequenceEqual("TRACE"u8) => RequestMethod.Trace,
        _ when method.SequenceEqual("CONNECT"u8) => RequestMethod.Connect,
        _ => RequestMethod.Other,
    };
}
