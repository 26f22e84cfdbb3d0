using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

// Network namespaces, nftables and original destinations are Linux.
[assembly: SupportedOSPlatform("linux")]

// Everything that goes to native code is of types that need no conversion, or is converted by generated code: so calls can be compiled ahead.
[assembly: DisableRuntimeMarshalling]
