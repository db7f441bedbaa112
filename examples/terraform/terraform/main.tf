terraform {
  required_version = ">= 1.4"
}

variable "greeting" {
  type = string
}

variable "labels" {
  type = map(string)
}

variable "token" {
  type      = string
  sensitive = true
}

# Changes in place.
resource "terraform_data" "release" {
  input = {
    greeting = var.greeting
    labels   = var.labels
  }
}

# Is made anew when the greeting changes.
resource "terraform_data" "announcement" {
  triggers_replace = var.greeting
  input            = "${var.greeting} from ${lookup(var.labels, "team", "nobody")}"
}

output "message" {
  value = terraform_data.announcement.output
}

output "identity" {
  value = terraform_data.release.id
}

output "release" {
  value = terraform_data.release.output
}

output "fingerprint" {
  value     = sha256(var.token)
  sensitive = true
}
