resource "acme_service" "worker" {
  name  = "worker-test"
  image = "ghcr.io/acme/worker:1.12.1"
}
