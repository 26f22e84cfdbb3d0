namespace SniProxy.Core.Names;

public enum HostPatternKind : byte
{
    /// <summary>One name.</summary>
    Exact = 0,

    /// <summary><c>*.x.example</c>: one label before the name.</summary>
    OneLabel,

    /// <summary><c>**.x.example</c>: one or more labels before the name.</summary>
    AnyDepth,

    /// <summary><c>.x.example</c>: the name and everything below it.</summary>
    SelfAndBelow,

    /// <summary>A <c>*</c> elsewhere or inside a label, as in <c>s3.*.amazonaws.com</c>: as many labels as the pattern has.</summary>
    Glob,
}
