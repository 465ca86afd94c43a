resource "acme_service" "worker" {
  name  = "worker-live"
  image = "ghcr.io/acme/worker:1.12.1"
}
