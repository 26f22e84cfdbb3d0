// A real ClientHello: what OpenSSL would send, taken before it is sent.
#define _GNU_SOURCE
#include "common.h"
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void make_hello(hello_t *hello) {
  static const char name[] = "h00000.load.example";
  static const uint8_t protocols[] = "\x02h2\x08http/1.1";
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_options(context, SSL_OP_TLSEXT_PADDING);
  SSL_CTX_set_alpn_protos(context, protocols, sizeof protocols - 1);
  SSL *ssl = SSL_new(context);
  SSL_set_tlsext_host_name(ssl, name);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_connect(ssl);
  int length = BIO_read(SSL_get_wbio(ssl), hello->bytes, sizeof hello->bytes);
  const uint8_t *found = length > 0 ? memmem(hello->bytes, (size_t)length, name, sizeof name - 1) : NULL;
  if (!found) {
    fputs("OpenSSL gives no ClientHello\n", stderr);
    exit(1);
  }
  hello->length = (size_t)length;
  hello->name = (size_t)(found - hello->bytes);
  SSL_free(ssl);
  SSL_CTX_free(context);
}
