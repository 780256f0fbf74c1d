// <iostream> without its static object, as GCC 13 has it: that object alone drags in every locale of the C++ library.
// Read before each C++ file; the guard keeps the header itself out.
#define _GLIBCXX_IOSTREAM 1
#include <istream>
#include <ostream>

namespace std _GLIBCXX_VISIBILITY(default)
{
_GLIBCXX_BEGIN_NAMESPACE_VERSION
extern istream cin;
extern ostream cout;
extern ostream cerr;
extern ostream clog;
_GLIBCXX_END_NAMESPACE_VERSION
}
